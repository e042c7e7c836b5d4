import { err, ok, randomId, type Answer, type Result } from 'countersign'
import { mintArtefact } from '../artefacts/artefact.ts'
import { coversAll } from '../consents/consent.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { Authentication, GrantFacts } from '../model/grant-facts.ts'
import type { GrantRecord, PrincipalRecord } from '../model/records.ts'
import type { NewEvent, StoreSession } from '../model/store.ts'
import { rememberClient } from '../registration/known-client.ts'
import { codeData } from './code.ts'
import { repeatsChallenge } from './repeated-challenge.ts'
import type { AuthorizationCall } from './call.ts'
import type { AskedRequest, AuthorizationFailure, AuthorizationRequest } from './request.ts'
import { refuseAuthorization, respond } from './respond.ts'

/** What a person granted. Within what was asked, and within what the person may hand on. */
export interface Granted {
  readonly asked: AskedRequest
  readonly person: PrincipalRecord
  readonly session: SessionRecord | undefined
  readonly authentication: Authentication
  readonly scopes: readonly string[]
  /** An earlier consent says so, and nobody was asked now. */
  readonly byConsent: boolean
}

/** A code that was issued, for the redirect. */
export interface IssuedCode {
  readonly code: string
  readonly grantId: string
}

/**
 * What else commits with a code: an interaction that is over, a consent. False where somebody was
 * faster: then nothing is issued, and what it wrote is undone.
 */
export type Settle = (session: StoreSession, issued: IssuedCode) => Promise<boolean>

/** Why there is no code: somebody was faster. */
export type Overtaken = 'settled-before' | 'pushed-request-used' | 'agreement-ended'

/**
 * Ends an authorization request with a code: grant, code and event are written in one transaction,
 * which also uses up the pushed request. A pushed request that somebody used in the meantime gives
 * nothing (RFC 9126 §7.3), nor do a session or a consent that ended: what ends with them was listed
 * before this grant was there.
 *
 * @see [OAuth 2.1 §4.1.2](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.2)
 */
export async function completeAuthorization(
  call: AuthorizationCall,
  granted: Granted,
): Promise<Answer> {
  const { request } = granted.asked
  const issued = await issueCode(call, granted, () => Promise.resolve(true))
  if (issued.ok) return respond(call, request, { code: issued.value.code })
  return refuseAuthorization(call, { ...refusalOf(issued.error), returnTo: request })
}

/** What the client is told. */
export const refusalOf = (why: Overtaken): Pick<AuthorizationFailure, 'error' | 'description'> =>
  why === 'agreement-ended'
    ? { error: 'interaction_required', description: 'The session or the consent has ended.' }
    : { error: 'invalid_request_uri', description: 'The pushed request has been used.' }

/** {@link completeAuthorization} without its answer, and with what has to commit with it. */
export async function issueCode(
  call: AuthorizationCall,
  granted: Granted,
  settle: Settle,
): Promise<Result<IssuedCode, Overtaken>> {
  const { services, tenant, now } = call
  const { request, pushedId } = granted.asked
  const grant = grantOf(call, granted)
  const code = await mintArtefact(services, {
    tenant: tenant.id,
    kind: 'code',
    clientId: grant.clientId,
    principalId: grant.principalId,
    grantId: grant.id,
    data: { ...codeData({ ...request, scopes: grant.scopes }) },
    seconds: services.profile.codeSeconds,
    now,
  })
  const issued = { code: code.text, grantId: grant.id }
  try {
    await services.store.transaction(async (session) => {
      if (!(await isStillAgreed(session, granted, now))) throw new Undone('agreement-ended')
      if (!(await settle(session, issued))) throw new Undone('settled-before')
      if (pushedId !== undefined && !(await session.artefacts.consume(pushedId, now)))
        throw new Undone('pushed-request-used')
      await rememberClient(session, granted.asked.client, now)
      await session.tokens.insertGrant(grant)
      await session.artefacts.insert(code.record)
      await session.events.append(await createdEvent(session, { grant, request, now }))
    })
    return ok(issued)
  } catch (error) {
    if (error instanceof Undone) return err(error.why)
    throw error
  }
}

/** Carries the reason out of the transaction, so that what settled with the code is undone with it. */
class Undone extends Error {
  override readonly name = 'Undone'
  readonly why: Overtaken

  constructor(why: Overtaken) {
    super(why)
    this.why = why
  }
}

/** The event of a new grant, with a word on a client that repeats its challenge. */
async function createdEvent(
  session: StoreSession,
  { grant, request, now }: { grant: GrantRecord; request: AuthorizationRequest; now: number },
): Promise<NewEvent> {
  const { tenant, id, clientId, principalId, scopes, audiences } = grant
  const repeated = await repeatsChallenge(session, tenant, { ...request, now })
  const facts = { client: clientId, scopes, audiences }
  const data = repeated ? { ...facts, repeatedChallenge: true } : facts
  return { tenant, type: 'grant.created', actor: principalId, subject: id, data, at: now }
}

/** Asked in the transaction: whoever ends a session or a consent ends the grants that are there. */
async function isStillAgreed(
  { sessions, consents }: Pick<StoreSession, 'sessions' | 'consents'>,
  { asked: { client, request }, person, session, scopes, byConsent }: Granted,
  now: number,
): Promise<boolean> {
  if (session !== undefined && (await sessions.find(session.id))?.revokedAt !== null) return false
  if (!byConsent) return true
  const consent = await consents.find(person.tenant, person.id, client.principal.id)
  return coversAll(consent, { scopes, audiences: request.resources }, now)
}

/**
 * The grant lives as long as its refresh tokens can; without them, as long as one access token. With
 * `offline_access` it outlives a sign-out, and ends with it otherwise; a session that expires because
 * nobody came back ends nothing, for a refresh token has an idle time of its own. A client that
 * wants to hear of the end of the session keeps its grant as long as a session lives: it is how the
 * client is found then.
 */
function grantOf({ services, tenant, now }: AuthorizationCall, granted: Granted): GrantRecord {
  const { asked, person, session, scopes } = granted
  const { request, client } = asked
  const { grantTypes, refreshTokenTtlSeconds, accessTokenTtlSeconds } = client.settings
  const refreshes = grantTypes.includes('refresh_token')
  const offline = scopes.includes('offline_access')
  const toldOfEnd = client.settings.backchannelLogoutUri !== null && !offline
  const seconds = Math.max(
    refreshes ? refreshTokenTtlSeconds : accessTokenTtlSeconds,
    toldOfEnd ? services.sessions.lifetimeSeconds : 0,
  )
  return {
    tenant: tenant.id,
    id: randomId('grt'),
    clientId: client.principal.id,
    principalId: person.id,
    scopes,
    audiences: request.resources,
    sessionId: offline ? null : (session?.id ?? null),
    facts: factsOf(granted),
    createdAt: now,
    expiresAt: now + seconds,
    revokedAt: null,
  }
}

function factsOf({ asked: { request }, authentication }: Granted): GrantFacts {
  const { nonce, claims, authorizationDetails } = request
  return {
    authentication,
    ...(nonce === undefined ? {} : { nonce }),
    ...(claims === undefined ? {} : { claims }),
    ...(authorizationDetails.length === 0 ? {} : { authorizationDetails }),
  }
}
