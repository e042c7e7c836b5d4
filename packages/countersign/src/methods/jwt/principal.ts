import { checkConfirmation } from '../../core/confirmation.ts'
import { LruCache } from '../../core/lru.ts'
import type { Actor, Confirmation, Principal, PrincipalFacts } from '../../core/principal.ts'
import type { RevocableFacts } from '../../core/revocation.ts'
import { parseScope } from '../../core/scope.ts'
import { isObject, type JsonObject } from '../../jose/json.ts'
import type { VerifiedToken } from './policy.ts'

/**
 * Maps claims whose types were checked to a principal.
 *
 * A token with `act` is an agent's; one whose `sub` is its `client_id` is a client's own; any other
 * is a user's. Scopes are `scope`, or `scp` where an issuer writes that. Everything is frozen: the
 * same principal is handed out when the token comes again.
 */
export function toPrincipal({ claims, issuer }: VerifiedToken): Principal {
  const clientId = textOf(claims['client_id'])
  const id = textOf(claims['sub']) ?? clientId ?? ''
  const expiresAt = timeOf(claims['exp']) ?? 0
  const issuedAt = timeOf(claims['iat'])
  const facts: PrincipalFacts = {
    id,
    tenant: issuer.tenant,
    method: 'jwt',
    // Without jti the token has no name of its own; subject and time are what can be logged.
    credentialId: textOf(claims['jti']) ?? `${id}@${issuedAt ?? expiresAt}`,
    scopes: scopesOf(claims),
    claims,
    // Unknown is long ago: a route that asks for a fresh proof must not get one by omission.
    authenticatedAt: timeOf(claims['auth_time']) ?? issuedAt ?? 0,
    expiresAt,
  }
  return typed(facts, clientId, actorOf(claims['act']))
}

function typed(
  facts: PrincipalFacts,
  clientId: string | undefined,
  actor: Actor | undefined,
): Principal {
  const client = clientId === undefined ? undefined : { clientId }
  if (actor !== undefined) return { ...facts, type: 'agent', actor, ...client }
  if (clientId === undefined) return { ...facts, type: 'user' }
  return { ...facts, type: facts.id === clientId ? 'client' : 'user', clientId }
}

/**
 * Says of a principal what its token is bound to, when the request proved it: neither a claim alone
 * nor a mapping of the application's makes a caller sender-constrained.
 */
export function withBinding(
  principal: Principal,
  { cnf }: JsonObject,
  proven: Confirmation | undefined,
): Principal {
  // The type was checked with the claims; the members are checked here.
  const confirmation = cnf as Confirmation | undefined
  const isProven = checkConfirmation(confirmation, { proven, trace: undefined }) === 'proven'
  if (isProven && confirmation !== undefined) return Object.freeze({ ...principal, confirmation })
  if (principal.confirmation === undefined) return principal
  const { confirmation: _unproven, ...rest } = principal
  return Object.freeze(rest as Principal) // one optional member less
}

/**
 * The names that a verified token can be revoked by. `grant_id`, `credential_id` and `parent_jti` are
 * claims of our authority; other issuers leave them out.
 */
export const revocableFacts = ({ claims, issuer, key, header }: VerifiedToken): RevocableFacts => ({
  tenant: issuer.tenant,
  tokenId: textOf(claims['jti']),
  parentIds: textsOf(claims['parent_jti']),
  grantId: textOf(claims['grant_id']),
  principalId: textOf(claims['sub']) ?? textOf(claims['client_id']),
  clientId: textOf(claims['client_id']),
  credentialId: textOf(claims['credential_id']),
  keyId: key.kid ?? header.kid,
  issuedAt: timeOf(claims['iat']),
})

const textOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim : undefined

const textsOf = (claim: unknown): readonly string[] | undefined =>
  Array.isArray(claim) ? claim.filter((each) => typeof each === 'string') : undefined

const timeOf = (claim: unknown): number | undefined =>
  typeof claim === 'number' ? claim : undefined

/**
 * Scope claims by their text: an issuer's tokens carry few different ones, and they share the array.
 * Only verified tokens get here.
 */
const parsedScopes = new LruCache<string, readonly string[]>(1024)

function scopesOf({ scope, scp }: JsonObject): readonly string[] {
  const granted = scope ?? scp
  if (Array.isArray(granted)) return Object.freeze([...new Set(granted.map(String))])
  if (typeof granted !== 'string') return NO_SCOPES
  const known = parsedScopes.peek(granted)
  if (known !== undefined) return known
  const scopes = Object.freeze(parseScope(granted))
  parsedScopes.set(granted, scopes)
  return scopes
}

const NO_SCOPES: readonly string[] = Object.freeze([])

function actorOf(act: unknown): Actor | undefined {
  if (!isObject(act) || typeof act['sub'] !== 'string') return undefined
  const actor = actorOf(act['act'])
  return Object.freeze(
    actor === undefined ? { subject: act['sub'] } : { subject: act['sub'], actor },
  )
}
