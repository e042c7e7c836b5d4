import { hash } from 'node:crypto'
import type { GrantRecord } from '../model/records.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** What an ID token is made from. */
export interface IdTokenFacts {
  readonly tenant: Tenant
  readonly clientId: string
  readonly grant: GrantRecord
  /** The access token beside it, for `at_hash`. */
  readonly accessToken: string
  /** Seconds since the epoch. */
  readonly now: number
}

/** Long enough for clocks and a slow network; an ID token is read once, on arrival. */
const LIFETIME_SECONDS = 300

/**
 * Signs the ID token of a grant: who proved itself, when and how, to this client.
 *
 * @see [OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)
 */
export function signIdToken(
  { signingKeys, signing }: Services,
  { tenant, clientId, grant, accessToken, now }: IdTokenFacts,
): Promise<string> {
  const { authentication, nonce } = grant.facts
  return signingKeys.sign(
    tenant.id,
    { typ: 'JWT' },
    {
      iss: tenant.issuer,
      sub: grant.principalId,
      aud: clientId,
      iat: now,
      exp: now + LIFETIME_SECONDS,
      at_hash: leftHalf(accessToken, signing.algorithm),
      ...(authentication === undefined
        ? {}
        : { auth_time: authentication.at, amr: authentication.amr }),
      ...(authentication?.acr === undefined ? {} : { acr: authentication.acr }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(grant.sessionId === null ? {} : { sid: grant.sessionId }),
    },
  )
}

/** The left half of the hash that belongs to the signature algorithm (Core §3.1.3.6). */
const leftHalf = (text: string, algorithm: string): string => {
  const digest = hash(algorithm === 'Ed25519' ? 'sha512' : 'sha256', text, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
