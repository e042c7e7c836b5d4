/** The page where a person types the code of a device, and decides (RFC 8628 §3.3). */
import type { Answer } from 'countersign'
import { readParameters } from '../authorization/parameters.ts'
import { allowDevice, denyDevice } from '../grants/device/decide.ts'
import { openTypedCode } from '../grants/device/open.ts'
import { findRequestById } from '../grants/device/request.ts'
import {
  codePurpose,
  decisionOf,
  decisionPurpose,
  showCodeEntry,
  showConfirmation,
  showDone,
} from '../grants/device/show.ts'
import { readForm, type Form } from '../http/form.ts'
import { forged } from '../interactions/answers.ts'
import { toPage } from '../interactions/begin.ts'
import { pathOf } from '../interactions/paths.ts'
import { isFormToken, isFromOurPages } from '../sessions/forms.ts'
import { readSession, type LiveSession } from '../sessions/read.ts'
import type { Call } from './call.ts'

/**
 * `GET /device`: signs the person in, and asks for the code. One in the URL
 * (`verification_uri_complete`) is filled in; nothing is looked up, and nothing decided, by a GET.
 */
export async function devicePage(call: Call): Promise<Answer> {
  const query = await readParameters(call.exchange)
  const userCode = query.ok ? query.value.get('user_code') : undefined
  const session = await readSession(call)
  return session === undefined
    ? toPage(call, { returnTo: pageOf(call, userCode) })
    : showCodeEntry(call, session, { userCode })
}

/** Nobody types more; a longer one is carried nowhere. */
const MAX_USER_CODE = 64

/** The page itself, with the code that was in its URL. */
function pageOf({ tenant }: Call, userCode: string | undefined): string {
  const fits = userCode !== undefined && userCode.length <= MAX_USER_CODE
  const query = fits ? `?${new URLSearchParams({ user_code: userCode }).toString()}` : ''
  return pathOf(tenant, 'device') + query
}

/**
 * `POST /device`: the forms of code and decision. Checks, in order: it was sent from our
 * pages, as far as the browser says; it is a form; somebody is signed in; the token of the form, made
 * for this session, and for the decision for this request and these scopes too.
 */
export async function deviceForm(call: Call): Promise<Answer> {
  const form = await readForm(call.exchange)
  if (!form.ok || !isFromOurPages(call.exchange)) return forged(call)
  const session = await readSession(call)
  if (session === undefined) return toPage(call, { returnTo: pageOf(call, undefined) })
  return form.value.get('decision') === undefined
    ? takeCode(call, session, form.value)
    : takeDecision(call, session, form.value)
}

async function takeCode(call: Call, session: LiveSession, form: Form): Promise<Answer> {
  if (!isFormToken(session.secret.reveal(), codePurpose, form.get('csrf'))) return forged(call)
  const userCode = form.get('user_code')
  const opened = await openTypedCode(call, session, userCode)
  return opened.ok
    ? showConfirmation(call, opened.value.decision, opened.value.code)
    : showCodeEntry(call, session, { userCode, failure: opened.error })
}

async function takeDecision(call: Call, session: LiveSession, form: Form): Promise<Answer> {
  const record = await findRequestById(call, form.get('request') ?? '')
  const decision = record && (await decisionOf(call, record, session))
  if (decision === undefined) return showCodeEntry(call, session, { failure: { kind: 'wrong' } })
  const token = form.get('csrf')
  if (!isFormToken(session.secret.reveal(), decisionPurpose(decision), token)) return forged(call)
  const isAllowed = form.get('decision') === 'allow'
  const decide = isAllowed ? allowDevice : denyDevice
  const won = await decide(call.services, call.tenant, decision)
  if (!won) return showCodeEntry(call, session, { failure: { kind: 'wrong' } })
  return showDone(call, decision, isAllowed ? 'allowed' : 'denied')
}
