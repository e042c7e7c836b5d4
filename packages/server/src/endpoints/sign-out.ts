import type { Answer } from 'countersign'
import { lookOf } from '../authorization/respond.ts'
import { readForm } from '../http/form.ts'
import { forged, seeOther } from '../interactions/answers.ts'
import { pathOf } from '../interactions/paths.ts'
import { personName } from '../interactions/show.ts'
import { pageAnswer } from '../pages/answer.ts'
import { signedOutPage, signOutPage } from '../pages/sign-out.ts'
import { setCookie } from '../sessions/cookies.ts'
import { endSession } from '../sessions/end.ts'
import { formToken, isFormToken, isFromOurPages } from '../sessions/forms.ts'
import { readSession, type LiveSession } from '../sessions/read.ts'
import type { Call } from './call.ts'

const PURPOSE = 'sign-out'

/** `GET /oauth/sign-out`: asks, because a link to here is on anybody's page (SR-054). */
export async function signOutAsked(call: Call): Promise<Answer> {
  const session = await readSession(call)
  if (session === undefined) return signedOut(call)
  const { person, secret } = session
  const view = {
    action: pathOf(call.tenant, 'signOut'),
    csrf: formToken(secret.reveal(), PURPOSE),
    user: personName(person),
  }
  return pageAnswer(signOutPage(view, lookOf(call)))
}

/** `POST /oauth/sign-out`: its form. Checks, in order: where from, a form, a session, its token. */
export async function signOutForm(call: Call): Promise<Answer> {
  const form = await readForm(call.exchange)
  if (!form.ok || !isFromOurPages(call.exchange)) return forged(call)
  const session = await readSession(call)
  if (session === undefined) return signedOut(call)
  if (!isFormToken(session.secret.reveal(), PURPOSE, form.value.get('csrf'))) return forged(call)
  if (form.value.get('decision') === 'sign_out') return signOut(call, session)
  return seeOther(pathOf(call.tenant, 'account'))
}

/** Ends the session at hand, and takes its cookie away. */
export async function signOut(call: Call, { record, person }: LiveSession): Promise<Answer> {
  const ending = { id: record.id, actor: person.id, reason: 'signed-out' }
  await endSession(call.services, call.tenant, ending)
  return signedOut(call)
}

const signedOut = (call: Call): Answer =>
  pageAnswer(signedOutPage({ signInPath: pathOf(call.tenant, 'account') }, lookOf(call)), [
    setCookie(call, 'session', ''),
  ])
