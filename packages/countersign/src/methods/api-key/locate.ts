import type { Attempt, CredentialLocation } from '../../core/method.ts'
import { isReservedEnvironment } from './format.ts'

/** Query parameters that can only be meant as a key. */
const KEY_PARAMETERS: ReadonlySet<string> = new Set([
  'api_key',
  'api-key',
  'apikey',
  'x-api-key',
  'x_api_key',
])

/**
 * Makes the function that finds a key on a request without judging it. Places, in order: the query
 * (to be refused by name), the header, `Authorization: Bearer` with a value of this brand.
 */
export function keyLocator(
  brand: string,
  header: string,
): (attempt: Attempt) => CredentialLocation | undefined {
  const prefix = `${brand}_`
  // Also tokens and client secrets of the brand: none of them belongs into a URL.
  const generated = new RegExp(`^${prefix}[a-z]{2,16}_[0-9A-Za-z]{12}_`)
  return ({ view, authorization }) => {
    if (hasQueryKey(view.target, generated)) return 'query'
    if (view.header(header).length > 0) return 'x-api-key'
    if (authorization?.scheme !== 'bearer' || !authorization.value.startsWith(prefix)) {
      return undefined
    }
    return isOtherKind(authorization.value, prefix) ? undefined : 'authorization'
  }
}

function isOtherKind(value: string, prefix: string): boolean {
  const end = value.indexOf('_', prefix.length)
  return end > 0 && isReservedEnvironment(value.slice(prefix.length, end))
}

function hasQueryKey(target: string, generated: RegExp): boolean {
  const start = target.indexOf('?')
  if (start < 0) return false
  for (const [name, value] of new URLSearchParams(target.slice(start + 1))) {
    if (KEY_PARAMETERS.has(name.toLowerCase()) || generated.test(value)) return true
  }
  return false
}
