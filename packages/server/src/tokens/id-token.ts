import { hash } from 'node:crypto'
import { ID_TOKEN_TYP } from '../keys/key-ring.ts'
import type { SigningAlgorithm } from '../keys/rules.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { GrantRecord } from '../model/records.ts'
import { describePerson, idTokenClaims } from '../oidc/claims.ts'
import { sessionIdFor, subjectFor } from '../oidc/subjects.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** What an ID token is made from. */
export interface IdTokenFacts {
  readonly tenant: Tenant
  readonly clientId: string
  readonly settings: ClientSettings
  readonly grant: GrantRecord
  /** Of the access token beside it. */
  readonly scopes: readonly string[]
  /** The access token beside it, for `at_hash`. */
  readonly accessToken: string
  /** Seconds since the epoch. */
  readonly now: number
}

/** Long enough for clocks and a slow network; an ID token is read once, on arrival. */
const LIFETIME_SECONDS = 300

/**
 * Signs the ID token of a grant: who proved itself, when and how, to this client; of the person, what
 * the `claims` parameter asks for here. Its record is read only then.
 *
 * @see [OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)
 */
export async function signIdToken(services: Services, facts: IdTokenFacts): Promise<string> {
  const { tenant, clientId, grant, accessToken, now } = facts
  const { nonce } = grant.facts
  const described = await personClaims(services, facts)
  return services.signingKeys.sign(tenant.id, { typ: ID_TOKEN_TYP }, (algorithm) => ({
    ...described,
    iss: tenant.issuer,
    aud: clientId,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    at_hash: leftHalf(accessToken, algorithm),
    ...(nonce === undefined ? {} : { nonce }),
    ...namesOf(services, facts),
    ...authenticationOf(grant),
  }))
}

/** `sub`, and `sid` where the grant ends with the session. */
function namesOf({ secrets }: Services, { tenant, clientId, settings, grant }: IdTokenFacts) {
  const reader = { tenant: tenant.id, clientId, settings }
  const { principalId, sessionId } = grant
  return {
    sub: subjectFor(secrets, reader, principalId),
    ...(sessionId === null ? {} : { sid: sessionIdFor(secrets, reader, sessionId) }),
  }
}

/** `auth_time` always: who asks with `max_age` must have it, and who does not may (Core §2). */
function authenticationOf({ facts: { authentication } }: GrantRecord) {
  if (authentication === undefined) return {}
  const { at, amr, acr } = authentication
  return { auth_time: at, amr, ...(acr === undefined ? {} : { acr }) }
}

async function personClaims(
  { store }: Services,
  { tenant, settings, grant, scopes }: IdTokenFacts,
): Promise<Readonly<Record<string, unknown>>> {
  const requested = grant.facts.claims?.id_token
  const wanted = idTokenClaims({ scopes, requested, trusted: settings.consent === 'trusted' })
  if (wanted.length === 0) return {}
  const person = await store.principals.find(tenant.id, grant.principalId)
  return person === undefined ? {} : describePerson(person, wanted)
}

/** The left half of the hash that belongs to the signature algorithm (Core §3.1.3.6). */
const leftHalf = (text: string, algorithm: SigningAlgorithm): string => {
  // Ed25519 hashes with SHA-512; the others are named for SHA-256.
  const digest = hash(algorithm === 'Ed25519' ? 'sha512' : 'sha256', text, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
