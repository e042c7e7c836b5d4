import { parseCredential } from 'countersign/api-key/mint'
import { issuerOf } from '../tenants/directory.ts'

/**
 * The id under which a token is revoked: the public id of an opaque one, the `jti` of a JWT that
 * says it is ours. Undefined for anything else.
 *
 * Proves nothing. Whoever may revoke tokens may name any id, so a forged token gains nobody anything.
 *
 * @param token - Never logged, never echoed.
 */
export function tokenSubject(
  { issuer, brand }: { readonly issuer: string; readonly brand: string },
  tenant: string,
  token: string,
): string | undefined {
  const parts = parseCredential(token)
  if (parts.ok) {
    const ours = parts.value.brand === brand && parts.value.environment === 'at'
    return ours ? parts.value.id : undefined
  }
  const claims = claimsOf(token)
  const { iss, jti } = claims ?? {}
  return iss === issuerOf(issuer, tenant) && typeof jti === 'string' ? jti : undefined
}

function claimsOf(token: string): Partial<Record<'iss' | 'jti', unknown>> | undefined {
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? claims : undefined
  } catch {
    return undefined
  }
}
