import { hash } from 'node:crypto'
import { UnavailableError } from 'countersign'
import { jwtPolicy, verifyJwt, type JwtPolicy } from 'countersign/jwt'
import type { RegisteredClient } from '../authorization/request.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { keysOfClient, type ClientKeys } from './client-keys.ts'

/** Whose assertion is to be verified, where. */
export interface AssertionCall {
  readonly services: Services
  readonly tenant: Tenant
  readonly client: RegisteredClient
  /** Of the endpoint, below the issuer: `/oauth/token`. */
  readonly path: string
  /** Seconds since the epoch. */
  readonly now: number
}

/** How far ahead `exp` may be: what is stolen is soon worth nothing, and replays are remembered so long. */
const MAX_AHEAD_SECONDS = 600
/** A longer name is no name. */
const MAX_JTI_LENGTH = 256

/** RFC 7523 says nothing of `typ`; 7523bis gives it one. */
const TYPES = ['', 'JWT', 'client-authentication+jwt']

/**
 * Reports whether a signed assertion proves a client. Checks, in order: form, `iss`, `typ`, algorithm
 * of the profile, a key of this client, signature, types and presence of claims, `aud`, `exp`, `nbf`
 * and `iat`, `sub`, one audience (SR-033), how far ahead `exp` is, that it was not used before.
 *
 * `iat` is optional in RFC 7523; without one, the time of signing is taken to be the earliest that
 * its `exp` allows, so that a memory of replays that was lost refuses it for longer.
 *
 * @param assertion - Attacker-controlled.
 * @throws `UnavailableError` while published keys cannot be fetched, and while the store has no
 * memory of the time of the assertion (SR-107).
 * @see [RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)
 */
export async function provesByAssertion(call: AssertionCall, assertion: string): Promise<boolean> {
  const keys = keysOfClient(call.services, call.client.settings)
  if (keys === undefined) return false
  const verdict = await verifyJwt(assertion, policyOf(call, keys), call.now)
  if (verdict.outcome !== 'accepted') return false
  const claims = readClaims(call, verdict.principal.claims)
  return claims !== undefined && claimOnce(call, claims)
}

function policyOf({ services, tenant, client, path }: AssertionCall, keys: ClientKeys): JwtPolicy {
  const { profile } = services
  return jwtPolicy({
    issuer: client.principal.id,
    keys,
    algorithms: profile.algorithms,
    audience: audiencesOf(profile, tenant.issuer, path),
    tokenType: TYPES,
    profile: 'custom',
    requiredClaims: ['sub', 'jti'],
    clockToleranceSeconds: profile.futureSeconds,
    // Each is used once.
    cacheEntries: 0,
  })
}

const audiencesOf = (profile: Profile, issuer: string, path: string): readonly string[] =>
  profile.assertionAudience === 'issuer'
    ? [issuer]
    : [...new Set([issuer, issuer + path, `${issuer}/oauth/token`])]

interface AssertionClaims {
  readonly jti: string
  readonly exp: number
  readonly signedAt: number
}

/** What the verifier of access tokens does not ask of one. */
function readClaims(
  { services: { profile }, client, now }: AssertionCall,
  { sub, aud, jti, exp, iat }: Readonly<Record<string, unknown>>,
): AssertionClaims | undefined {
  // Several audiences: whoever else is meant could use it here (SR-033).
  if (profile.assertionAudience === 'issuer' && typeof aud !== 'string') return undefined
  if (sub !== client.principal.id || typeof exp !== 'number') return undefined
  if (exp > now + MAX_AHEAD_SECONDS + profile.futureSeconds) return undefined
  if (typeof jti !== 'string' || jti.length > MAX_JTI_LENGTH) return undefined
  return { jti, exp, signedAt: typeof iat === 'number' ? iat : exp - MAX_AHEAD_SECONDS }
}

async function claimOnce(
  { services, tenant, client, now }: AssertionCall,
  { jti, exp, signedAt }: AssertionClaims,
): Promise<boolean> {
  const toleranceSeconds = services.profile.futureSeconds
  const outcome = await services.replay.claim(
    {
      tenant: tenant.id,
      credentialId: client.principal.id,
      use: hash('sha256', `client-assertion ${jti}`, 'base64url'),
      signedAt,
      expiresAt: exp + 2 * toleranceSeconds,
      toleranceSeconds,
    },
    now,
  )
  if (outcome !== 'fenced') return outcome === 'claimed'
  const wait = toleranceSeconds + 1
  throw new UnavailableError('replay', 'the assertion is older than the store', wait)
}
