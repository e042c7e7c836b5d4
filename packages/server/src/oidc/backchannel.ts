/**
 * Tells applications that a session has ended (OpenID Connect Back-Channel Logout). Off the request:
 * nobody who signs out waits for a stranger's server. What was not delivered when this process dies is
 * lost: the grants are revoked all the same, and an application notices at its next refresh.
 */
import { randomUUID } from 'node:crypto'
import { fetchJson, type FetchFailure } from 'countersign/net'
import { findClient } from '../authorization/client.ts'
import type { RegisteredClient } from '../authorization/request.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { GrantRecord } from '../model/records.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { sessionIdFor, subjectFor } from './subjects.ts'

/** A session that has ended, and what was granted in it. */
export interface Ended {
  readonly session: SessionRecord
  readonly grants: readonly GrantRecord[]
}

/** Deliveries at a time. */
const CONCURRENCY = 8
const TIMEOUT_MS = 3000
/** The second at once: a connection that was reset. Nothing longer, for nothing is kept. */
const ATTEMPTS = 2
/** The token is used on arrival (§2.4 recommends two minutes at most). */
const LIFETIME_SECONDS = 120
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** `typ` of a logout token (SR-054): an ID token or an access token is none, and it is neither. */
export const LOGOUT_TOKEN_TYP = 'logout+jwt'

/**
 * Sends each application of the session that registered an address for it one logout token, through
 * the guarded fetch. Never rejects; each failure is an event `logout.undelivered`.
 *
 * Grants with `offline_access` are not part of a session, so their applications are not told.
 *
 * @see [Back-Channel Logout §2.5](https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest)
 */
export async function notifyLogout(
  services: Services,
  tenant: Tenant,
  { session, grants }: Ended,
): Promise<void> {
  const waiting = [...new Set(grants.map(({ clientId }) => clientId))]
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      // oxlint-disable-next-line no-await-in-loop -- a worker does one after the other
      await tell(services, tenant, { session, clientId: id })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
}

interface Telling {
  readonly session: SessionRecord
  readonly clientId: string
}

async function tell(
  services: Services,
  tenant: Tenant,
  { session, clientId }: Telling,
): Promise<void> {
  try {
    const client = await findClient(services, tenant, clientId)
    const url = client?.settings.backchannelLogoutUri ?? undefined
    if (client === undefined || url === undefined) return
    const token = await signLogoutToken(services, tenant, { session, client })
    const failure = await deliver(services, url, token)
    if (failure !== undefined) await report(services, tenant, { session, clientId, failure })
  } catch (error) {
    services.log.error({ err: error, client: clientId }, 'a logout token was not sent')
  }
}

/** @see [Back-Channel Logout §2.4](https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken) */
function signLogoutToken(
  { signingKeys, secrets, clock }: Services,
  tenant: Tenant,
  { session, client }: { readonly session: SessionRecord; readonly client: RegisteredClient },
): Promise<string> {
  const now = Math.floor(clock() / 1000)
  const clientId = client.principal.id
  const reader = { tenant: tenant.id, clientId, settings: client.settings }
  // No nonce: with one it could be taken for an ID token.
  return signingKeys.sign(
    tenant.id,
    { typ: LOGOUT_TOKEN_TYP },
    {
      iss: tenant.issuer,
      sub: subjectFor(secrets, reader, session.principalId),
      aud: clientId,
      iat: now,
      exp: now + LIFETIME_SECONDS,
      jti: randomUUID(),
      sid: sessionIdFor(secrets, reader, session.id),
      events: { [EVENT]: {} },
    },
  )
}

/** Answers why it was not delivered, if it was not. */
async function deliver(
  { outbound }: Services,
  url: string,
  token: string,
): Promise<FetchFailure | undefined> {
  let failure: FetchFailure | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- again only when it failed
    const answered = await fetchJson({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      timeoutMs: TIMEOUT_MS,
      maxBytes: 4096,
      ...outbound,
    })
    failure = answered.ok || SAID_SOMETHING.has(answered.error.kind) ? undefined : answered.error
    if (failure === undefined || !mayPass(failure)) break
  }
  return failure
}

/** A 2xx whose body is not what a JSON API answers: it is not read, so it is as good (§2.8). */
const SAID_SOMETHING: ReadonlySet<FetchFailure['kind']> = new Set(['not-json', 'too-large'])

const mayPass = ({ kind, status = 500 }: FetchFailure): boolean =>
  kind === 'unreachable' || kind === 'timeout' || (kind === 'status' && status >= 500)

async function report(
  { store, log, clock }: Services,
  tenant: Tenant,
  { session, clientId, failure }: Telling & { readonly failure: FetchFailure },
): Promise<void> {
  const { kind, status } = failure
  log.warn({ client: clientId, why: kind, status }, 'an application was not told of a sign-out')
  const data = { client: clientId, why: kind, ...(status === undefined ? {} : { status }) }
  await store.transaction((unit) =>
    unit.events.append({
      tenant: tenant.id,
      type: 'logout.undelivered',
      actor: 'system',
      subject: session.id,
      data,
      at: Math.floor(clock() / 1000),
    }),
  )
}
