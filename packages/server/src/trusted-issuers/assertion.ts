import { jwtPolicy, verifyJwt, type KeySet } from 'countersign/jwt'
import { keysOfClient } from '../client-auth/client-keys.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { AssertedClaims, ResolvedIssuer } from './options.ts'

/** Where an assertion is to be believed. */
export interface AssertionPlace {
  readonly services: Services
  readonly tenant: Tenant
  /** Seconds since the epoch. */
  readonly now: number
}

/** What a trusted issuer says of somebody, verified. */
export interface TrustedAssertion {
  readonly issuer: ResolvedIssuer
  readonly claims: AssertedClaims
  readonly subject: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
  /** An Identity Assertion Authorization Grant: for one client, and one resource. */
  readonly isIdJag: boolean
}

/** `typ` of an Identity Assertion Authorization Grant (draft-ietf-oauth-identity-assertion-authz-grant). */
const ID_JAG = 'oauth-id-jag+jwt'
/** Access tokens of other issuers are for their APIs, and no assertions. RFC 7523 types nothing. */
const TYPES = ['', 'JWT', 'authorization-grant+jwt', ID_JAG]
const NOBODY: KeySet = { find: () => undefined }

/**
 * Verifies an assertion. Checks, in order: form, an issuer that this tenant trusts, `typ`, its
 * algorithms, a key of this very issuer, signature, `exp`, `iat` and `nbf`, that it is bound to no key
 * (nobody here can prove one), that it names no actor (`act` would be lost), and that its one audience is
 * this issuer, as a string (SR-033).
 *
 * Does not check that it is used once, nor how long it lives: that depends on what it is used for.
 *
 * @param text - Attacker-controlled.
 * @throws `UnavailableError` while published keys cannot be fetched.
 * @see [RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)
 */
export async function readAssertion(
  { services, tenant, now }: AssertionPlace,
  text: string,
): Promise<TrustedAssertion | undefined> {
  const trusted = services.trustedIssuers.filter((each) => each.tenant === tenant.id)
  if (trusted.length === 0) return undefined
  const policy = jwtPolicy({
    issuers: trusted.map((each) => ({
      issuer: each.issuer,
      keys: keysOfClient(services, each) ?? NOBODY,
      algorithms: each.algorithms,
      audience: tenant.issuer,
      tokenType: TYPES,
      profile: 'custom' as const,
    })),
    requiredClaims: ['sub', 'iat'],
    clockToleranceSeconds: services.profile.futureSeconds,
    cacheEntries: 0,
  })
  const verdict = await verifyJwt(text, policy, now)
  if (verdict.outcome !== 'accepted') return undefined
  const { claims } = verdict.principal
  const issuer = trusted.find((each) => each.issuer === claims['iss'])
  const { aud, sub, exp } = claims
  if (issuer === undefined || typeof aud !== 'string') return undefined
  if (claims['act'] !== undefined) return undefined
  if (typeof sub !== 'string' || sub === '' || typeof exp !== 'number') return undefined
  return { issuer, claims, subject: sub, expiresAt: exp, isIdJag: typeOf(text) === ID_JAG }
}

/** Of a token whose header was read and verified before. */
function typeOf(text: string): unknown {
  const [header = ''] = text.split('.', 1)
  const parsed = JSON.parse(Buffer.from(header, 'base64url').toString()) as { typ?: unknown } // verified above
  return typeof parsed.typ === 'string' ? parsed.typ.toLowerCase() : undefined
}
