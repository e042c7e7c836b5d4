import { allowedFields, answer, guard, type Answer, type Guard, type Principal } from 'countersign'
import { dpop } from 'countersign/dpop'
import { certificateBound } from 'countersign/mtls'
import { findClient } from '../authorization/client.ts'
import { livingGrant } from '../grants/family.ts'
import { json } from '../http/answers.ts'
import { describePerson, userinfoClaims } from '../oidc/claims.ts'
import { issuedToken } from '../oidc/issued-token.ts'
import { subjectFor } from '../oidc/subjects.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { Call } from './call.ts'

/** A token that a person granted; with `openid`, because access to an API is no access to the person. */
const REQUIREMENT = { scopes: ['openid'], principals: ['user'] } as const

/** Gone between the look at the token and the look at what it stands for. */
const GONE: Answer = Object.freeze({
  status: 401,
  headers: [
    ['www-authenticate', 'Bearer error="invalid_token"'],
    ['cache-control', 'no-store'],
  ] as const,
  body: '',
})

/**
 * `GET` and `POST /oauth/userinfo`: what the token's client may know of the token's person. Any access
 * token of this issuer will do, whatever API it is for: a code gives one token, for an API, and Core
 * has this endpoint take it. What it opens is what the person granted to that client, by the scopes
 * in the token; the API that sees the token could ask here too, if it is not bound to a key.
 *
 * The token is read from `Authorization` only: in a form it would need no preflight, and in a URL it
 * would be in logs (SR-028).
 *
 * @see [OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)
 */
export async function userinfo(call: Call): Promise<Answer> {
  const desk = deskOf(call.services, call.tenant)
  const decision = await desk.check(call.exchange, REQUIREMENT)
  if (decision.outcome !== 'allowed') return answer(decision, desk)
  const claims = await claimsFor(call, decision.principal)
  if (claims === undefined) return GONE
  const answered = json(claims)
  return { ...answered, headers: [...answered.headers, ...allowedFields(decision)] }
}

/**
 * For the client of the token, which is not that of the grant where the token was exchanged: then what
 * the other one asked for one by one does not count.
 */
async function claimsFor(
  { services, tenant, now }: Call,
  { scopes, claims }: Principal,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const living = await livingGrant(services, tenant, { grantId: String(claims['grant_id']), now })
  if (living === undefined) return undefined
  const { grant, person } = living
  const clientId = String(claims['client_id'])
  const client = await findClient(services, tenant, clientId)
  if (client === undefined) return undefined
  const { settings } = client
  const own = clientId === grant.clientId
  const wanted = userinfoClaims({
    scopes,
    requested: own ? grant.facts.claims?.userinfo : undefined,
    trusted: settings.consent === 'trusted',
  })
  const reader = { tenant: tenant.id, clientId, settings }
  return {
    ...describePerson(person, wanted),
    sub: subjectFor(services.secrets, reader, person.id),
  }
}

/** One for each tenant, for as long as the directory remembers it. */
const desks = new WeakMap<Tenant, Guard>()

function deskOf(services: Services, tenant: Tenant): Guard {
  const known = desks.get(tenant)
  if (known !== undefined) return known
  const { replay, certificateOrigin: from, trustedProxies, clock } = services
  const bound = certificateBound(dpop(issuedToken(services, tenant), { replay }), { from })
  const desk = guard({
    methods: [bound],
    trustedProxies,
    clock,
    realm: 'userinfo',
    onDecision: (record) => services.decisions.record(record),
  })
  desks.set(tenant, desk)
  return desk
}
