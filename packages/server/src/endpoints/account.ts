import type { Answer } from 'countersign'
import { readForm, type Form } from '../http/form.ts'
import { readParameters } from '../authorization/parameters.ts'
import { lookOf } from '../authorization/respond.ts'
import { accountOf, noticeOf, noticeQuery } from '../consents/account.ts'
import { revokeConsent } from '../consents/revoke.ts'
import { forged, seeOther } from '../interactions/answers.ts'
import { toPage } from '../interactions/begin.ts'
import { pathOf } from '../interactions/paths.ts'
import { personName } from '../interactions/show.ts'
import { accountPage } from '../pages/account.ts'
import { pageAnswer } from '../pages/answer.ts'
import { endSession } from '../sessions/end.ts'
import { formToken, isFormToken, isFromOurPages } from '../sessions/forms.ts'
import { readSession, type LiveSession } from '../sessions/read.ts'
import type { Call } from './call.ts'
import { signOut } from './sign-out.ts'

/** Who can see and end everything has proven itself within the hour. */
const FRESH_SECONDS = 3600
const PURPOSE = 'account'

/** `GET /account`: sessions, and applications with access (SR-026, SR-052); signs in before. */
export async function account(call: Call): Promise<Answer> {
  const session = await freshSession(call)
  if (session === undefined) return toPage(call, { returnTo: pathOf(call.tenant, 'account') })
  const { person } = session
  const query = await readParameters(call.exchange)
  const view = {
    action: pathOf(call.tenant, 'account'),
    csrf: formToken(session.secret.reveal(), PURPOSE),
    user: personName(person),
    notice: query.ok ? await noticeOf(call, session, query.value) : undefined,
    ...(await accountOf(call, session)),
  }
  return pageAnswer(accountPage(view, lookOf(call)))
}

/**
 * `POST /account`: one of its buttons. Checks, in order: it was sent from our pages, as far as the
 * browser says; it is a form; somebody is signed in, lately; the token of that session. What a button
 * names is looked for among what is the person's own, and nowhere else.
 */
export async function accountForm(call: Call): Promise<Answer> {
  const form = await readForm(call.exchange)
  if (!form.ok || !isFromOurPages(call.exchange)) return forged(call)
  const session = await freshSession(call)
  if (session === undefined) return toPage(call, { returnTo: pathOf(call.tenant, 'account') })
  if (!isFormToken(session.secret.reveal(), PURPOSE, form.value.get('csrf'))) return forged(call)
  if (form.value.get('sign_out') !== undefined) return signOut(call, session)
  const done = await act(call, session, form.value)
  return seeOther(pathOf(call.tenant, 'account') + (done === undefined ? '' : `?${done}`))
}

async function freshSession(call: Call): Promise<LiveSession | undefined> {
  const session = await readSession(call)
  const age = call.now - (session?.record.authentication.at ?? 0)
  return age < FRESH_SECONDS ? session : undefined
}

/** What was done, as the query of the page that says so. */
async function act(call: Call, session: LiveSession, form: Form): Promise<string | undefined> {
  const clientId = form.get('revoke_grant')
  if (clientId !== undefined) return revoke(call, session, clientId)
  const one = form.get('end_session')
  if (one !== undefined) {
    const ended = await endSessions(call, session, (id) => id === one)
    return ended > 0 ? noticeQuery(session, 'session-ended') : undefined
  }
  if (form.get('end_other_sessions') === undefined) return undefined
  await endSessions(call, session, () => true)
  return noticeQuery(session, 'sessions-ended')
}

async function revoke(
  { services, tenant }: Call,
  session: LiveSession,
  clientId: string,
): Promise<string | undefined> {
  const { person } = session
  const pair = { tenant: tenant.id, principalId: person.id, clientId }
  const done = await revokeConsent(services, pair, { id: person.id, scopes: [] })
  return done.ok ? noticeQuery(session, 'grant-revoked', clientId) : undefined
}

/** Never the one at hand: that is signing out. */
async function endSessions(
  { services, tenant, now }: Call,
  { record, person }: LiveSession,
  which: (id: string) => boolean,
): Promise<number> {
  const all = await services.store.sessions.listOf(tenant.id, person.id, now)
  const others = all.filter(({ id }) => id !== record.id && which(id))
  for (const { id } of others) {
    // oxlint-disable-next-line no-await-in-loop -- each is a transaction of its own
    await endSession(services, tenant, { id, actor: person.id, reason: 'ended-elsewhere' })
  }
  return others.length
}
