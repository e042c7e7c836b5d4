import { decodeBytes, encodeBytes } from '#crypto'
import { ConfigError } from '../../core/errors.ts'

/** From standard base64 with its padding to base64url; undefined for what is not exactly that. */
export const toBase64url = (text: string): string | undefined =>
  text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
    ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    : undefined

/** From base64url to standard base64 with padding. */
export const toBase64 = (text: string): string =>
  text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4)

/** Writes a key of Standard Webhooks: prefix and base64. */
export const serializeKey = (prefix: string, bytes: Uint8Array): string =>
  prefix + toBase64(encodeBytes(bytes))

/**
 * Reads a key of Standard Webhooks.
 *
 * @throws {@link ConfigError} for another prefix, or base64 that is not canonical.
 */
export function parseKey(text: string, prefix: 'whsec_' | 'whpk_' | 'whsk_'): Uint8Array {
  const encoded = text.startsWith(prefix) ? toBase64url(text.slice(prefix.length)) : undefined
  const bytes = encoded === undefined ? undefined : decodeBytes(encoded)
  // The text itself stays out of the message: it may be a secret.
  if (bytes === undefined)
    throw new ConfigError('CS_CONFIG_WEBHOOK_KEY', `a key is ${prefix} and base64 with padding`)
  return bytes
}
