import { err, ok, type Result } from 'countersign'
import { grantAudience } from '../checks/resource.ts'
import { grantScopes } from '../checks/scope.ts'
import { intersectScopes } from '../checks/scope-intersection.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { TokenExchangeRules } from '../model/client-settings.ts'
import type { ActorClaim } from '../model/grant-facts.ts'
import type { GrantRecord, TokenLineage } from '../model/records.ts'
import { makeAccessToken } from '../tokens/access-token.ts'
import { tokenTypeOf } from '../tokens/response.ts'
import { grantOfAssertion, insertAssertedGrant } from '../trusted-issuers/grant.ts'
import { readActor, type ExchangeActor } from './exchange/actor.ts'
import { chainOf, isShort, mayExchange } from './exchange/policy.ts'
import { readSubject, type ExchangeSubject } from './exchange/subject.ts'
import { TOKEN_TYPES } from './exchange/token-types.ts'
import type { Grant, GrantRequest } from './grant.ts'
import type { Redeemed } from './redeem.ts'

/** The name of the grant (RFC 8693 §2.1). */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

const failure = (error: OAuthFailure['error'], description: string): OAuthFailure => ({
  error,
  description,
})
/** RFC 8693 §2.2.2: invalid tokens, and those that the policy does not take. The same words. */
const REFUSED = failure('invalid_request', 'The tokens are not valid, or not for this client.')
const MISSING = failure('invalid_request', 'subject_token and subject_token_type are required.')
const TYPE = failure('invalid_request', 'Only access tokens are issued here.')
const CLOSED = failure('unauthorized_client', 'The client may not exchange tokens.')
const NO_SCOPE = failure('invalid_scope', 'The client may have nothing of what the subject has.')

/**
 * Exchanges a token for one of another audience. Checks, in order: the client has proven itself, and
 * has rules for it; the type that is wanted; the subject; the actor; that this client may; the length
 * of the chain; scopes, within the subject's and the client's; one audience, of the client's.
 *
 * The new token lives no longer than the subject, is bound to what this request proves, and is ended
 * by whatever ends the subject's token, its grant, or the actor's token. Under the rule `delegation`
 * it names who acts; under `impersonation` it names nobody new.
 *
 * @see [RFC 8693 §2](https://www.rfc-editor.org/rfc/rfc8693#section-2)
 */
export const tokenExchange: Grant = async (request) => {
  const { form, client } = request
  const rules = client.settings.tokenExchange
  if (client.method === 'none' || rules === null) return err(CLOSED)
  const [text, type] = [form.get('subject_token'), form.get('subject_token_type')]
  if (text === undefined || type === undefined) return err(MISSING)
  const wanted = form.get('requested_token_type') ?? TOKEN_TYPES.accessToken
  if (wanted !== TOKEN_TYPES.accessToken) return err(TYPE)
  const [subject, actor] = [await readSubject(request, type, text), await readActor(request)]
  if (subject === undefined || actor === undefined) return err(REFUSED)
  if (!mayExchange(rules, subject, actor.claim)) return err(REFUSED)
  const lineage = lineageOf(rules, subject, actor)
  if (!isShort(lineage.actor, lineage.parentIds)) return err(REFUSED)
  const access = accessOf(request, subject)
  return access.ok ? issue(request, subject, { lineage, ...access.value }) : access
}

function lineageOf(
  { mode }: TokenExchangeRules,
  subject: ExchangeSubject,
  { claim, parentIds, byToken }: ExchangeActor,
): TokenLineage {
  const named: ActorClaim | undefined = mode === 'delegation' || byToken ? claim : undefined
  const actor = chainOf(named, subject.actor)
  return {
    ...(actor === undefined ? {} : { actor }),
    parentIds: [...subject.parentIds, ...parentIds],
  }
}

interface Access {
  readonly scopes: readonly string[]
  readonly audience: string
}

function accessOf(
  { form, client, tenant }: GrantRequest,
  subject: ExchangeSubject,
): Result<Access, OAuthFailure> {
  const most = intersectScopes(subject.scopes, client.principal.scopes)
  if (most.length === 0 && subject.scopes.length > 0) return err(NO_SCOPE)
  const scopes = grantScopes(form.get('scope'), most)
  if (!scopes.ok) return scopes
  const named = form.get('audience')
  const targets = [...form.resources, ...(named === undefined ? [] : [named])]
  const audience = grantAudience([...new Set(targets)], client.settings.audiences, tenant.issuer)
  return audience.ok ? ok({ scopes: scopes.value, audience: audience.value }) : audience
}

async function issue(
  request: GrantRequest,
  subject: ExchangeSubject,
  { lineage, scopes, audience }: Access & { readonly lineage: TokenLineage },
): Promise<Redeemed> {
  const { services, tenant, client, confirmation, now } = request
  const { principal, settings } = client
  const grant = grantFor(request, subject, { scopes, audience })
  const issued = await makeAccessToken(services, {
    tenant,
    subject: subject.principalId,
    clientId: principal.id,
    settings,
    scopes,
    audience,
    confirmation,
    grant: grant === undefined ? undefined : withoutDetails(grant),
    exchanged: { lineage, expiresAt: subject.expiresAt },
    now,
  })
  const { actor } = lineage
  const data = { source: subject.source, actor: actor?.sub ?? null, scopes, audience }
  const event = {
    tenant: tenant.id,
    type: 'token.exchanged',
    actor: principal.id,
    subject: subject.principalId,
    data: { ...data, grant: grant?.id ?? null },
    at: now,
  }
  await services.store.transaction(
    async (session) => {
      if (issued.record !== undefined) await session.tokens.insert(issued.record)
      if (subject.asserted !== undefined && grant !== undefined) {
        await insertAssertedGrant(session, grant, subject.asserted.assertion)
      }
      await session.events.append(event)
    },
    { turn: 'none' },
  )
  services.metrics.tokenIssued('token_exchange', settings.accessTokenFormat)
  return ok({
    access_token: issued.token,
    issued_token_type: TOKEN_TYPES.accessToken,
    token_type: tokenTypeOf(confirmation),
    expires_in: issued.lifetimeSeconds,
    scope: scopes.join(' '),
  })
}

/** The subject's grant; one that is made now where a trusted issuer speaks; none for a client. */
function grantFor(
  { tenant, client, now }: GrantRequest,
  { grant, asserted, expiresAt }: ExchangeSubject,
  access: Access,
): GrantRecord | undefined {
  if (asserted === undefined) return grant
  const clientId = client.principal.id
  return grantOfAssertion({ tenant, clientId, now, expiresAt, ...asserted, ...access })
}

/** Details (RFC 9396) were agreed to for the client of the grant, and for no other. */
const withoutDetails = (grant: GrantRecord): GrantRecord => {
  const { authorizationDetails: _, ...facts } = grant.facts
  return { ...grant, facts }
}
