import type { Actor, Principal, PrincipalFacts } from '../../core/principal.ts'
import { parseScope } from '../../core/scope.ts'
import { isObject, type JsonObject } from '../../jose/json.ts'
import type { Identity, JwtPolicy, VerifiedToken } from './policy.ts'

/**
 * Maps claims whose types were checked to a principal, and to the names they can be revoked by.
 *
 * A token with `act` is an agent's; one whose `sub` is its `client_id` is a client's own; any other
 * is a user's. Scopes are `scope`, or `scp` where an issuer writes that. Everything is frozen: the
 * same principal is handed out for the same token again.
 */
export function identify(token: VerifiedToken, { claimsToPrincipal }: JwtPolicy): Identity {
  const { claims, issuer, key, jws } = token
  const standard = toPrincipal(claims, issuer.tenant)
  const principal = claimsToPrincipal?.(claims, standard) ?? standard
  const { id, tenant } = standard
  const facts = {
    tenant,
    tokenId: textOf(claims['jti']),
    grantId: textOf(claims['grant_id']),
    principalId: id,
    clientId: textOf(claims['client_id']),
    credentialId: textOf(claims['credential_id']),
    keyId: key.kid ?? jws.header.kid,
    issuedAt: timeOf(claims['iat']),
  }
  return Object.freeze({ principal: Object.freeze(principal), facts: Object.freeze(facts) })
}

function toPrincipal(claims: JsonObject, tenant: string): Principal {
  const subject = textOf(claims['sub'])
  const clientId = textOf(claims['client_id'])
  const id = subject ?? clientId ?? ''
  const issuedAt = timeOf(claims['iat'])
  const expiresAt = timeOf(claims['exp'])
  const facts: PrincipalFacts = {
    id,
    tenant,
    method: 'jwt',
    // Without jti the token has no name of its own; subject and time are what can be logged.
    credentialId: textOf(claims['jti']) ?? `${id}@${issuedAt ?? expiresAt ?? 0}`,
    scopes: Object.freeze(scopesOf(claims)),
    claims,
    // Unknown is long ago: a route that asks for a fresh proof must not get one by omission.
    authenticatedAt: timeOf(claims['auth_time']) ?? issuedAt ?? 0,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const actor = actorOf(claims['act'])
  const client = clientId === undefined ? {} : { clientId }
  if (actor !== undefined) return { type: 'agent', ...facts, actor, ...client }
  if (clientId !== undefined && id === clientId) return { type: 'client', ...facts, clientId }
  return { type: 'user', ...facts, ...client }
}

const textOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim : undefined

const timeOf = (claim: unknown): number | undefined =>
  typeof claim === 'number' ? claim : undefined

function scopesOf({ scope, scp }: JsonObject): readonly string[] {
  const granted = scope ?? scp
  if (typeof granted === 'string') return parseScope(granted)
  return Array.isArray(granted) ? [...new Set(granted.map(String))] : []
}

function actorOf(act: unknown): Actor | undefined {
  if (!isObject(act) || typeof act['sub'] !== 'string') return undefined
  const actor = actorOf(act['act'])
  return Object.freeze(
    actor === undefined ? { subject: act['sub'] } : { subject: act['sub'], actor },
  )
}
