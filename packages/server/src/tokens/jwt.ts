import type { Confirmation } from 'countersign'
import type { ActorClaim } from '../model/grant-facts.ts'
import type { ManagedSigningKeys } from '../keys/signing-keys.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { KnownToken } from './known-token.ts'

/** Verifies tokens against the tenant's own keys. */
export type JwtVerifier = Pick<ManagedSigningKeys, 'verify'>

/**
 * Reads a JWT access token. Checks, in order: header and signature by a published key of this very
 * tenant, issuer.
 *
 * @param text - Attacker-controlled.
 */
export async function readJwt(
  keys: JwtVerifier,
  tenant: Tenant,
  text: string,
): Promise<KnownToken | undefined> {
  const own = await keys.verify(tenant.id, text)
  if (own?.claims['iss'] !== tenant.issuer) return undefined
  // Signed by a key of ours under `typ: at+jwt`: these are the claims that issue.ts writes.
  const claims = own.claims as unknown as IssuedClaims
  return {
    kind: 'jwt',
    tenant: tenant.id,
    id: claims.jti,
    clientId: claims.client_id,
    principalId: claims.sub,
    scopes: claims.scope?.split(' ') ?? [],
    audiences: [claims.aud],
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    keyId: own.keyId,
    ...(claims.cnf === undefined ? {} : { confirmation: claims.cnf }),
    ...(claims.grant_id === undefined ? {} : { grantId: claims.grant_id }),
    ...(claims.act === undefined ? {} : { actor: claims.act }),
    ...(claims.parent_jti === undefined ? {} : { parentIds: claims.parent_jti }),
  }
}

/** The claims of our access tokens, by their wire names (RFC 9068 §2.2). */
export interface IssuedClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly client_id: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly scope?: string
  readonly cnf?: Confirmation
  readonly grant_id?: string
  readonly act?: ActorClaim
  readonly parent_jti?: readonly string[]
}
