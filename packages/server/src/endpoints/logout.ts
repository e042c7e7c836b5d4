import type { Answer } from 'countersign'
import { readParameters } from '../authorization/parameters.ts'
import { lookOf, refusalPage } from '../authorization/respond.ts'
import { readText } from '../http/exchange.ts'
import { parseForm, type Form } from '../http/form.ts'
import { pathOf } from '../interactions/paths.ts'
import { namesSession, readLogoutRequest, type LogoutRequest } from '../oidc/logout-request.ts'
import { pageAnswer } from '../pages/answer.ts'
import { parseDestination, type Destination } from '../pages/destination.ts'
import { continuePage } from '../pages/onward.ts'
import { signedOutPage, signOutPage } from '../pages/sign-out.ts'
import { setCookie } from '../sessions/cookies.ts'
import { endSession } from '../sessions/end.ts'
import { formToken, isFormToken, isFromOurPages } from '../sessions/forms.ts'
import { readSession, type LiveSession } from '../sessions/read.ts'
import type { Call } from './call.ts'

/** Room for an ID token in a form or a URL. */
const MAX_CHARS = 16_384

const MALFORMED = { reason: 'oauth.request-malformed', kind: 'request' } as const
const FORGED = { reason: 'oauth.form-forged', kind: 'forbidden' } as const

/**
 * `GET /oauth/logout`: an application signs the person out of this browser. Checks, in order:
 * parameters, those of `readLogoutRequest`, whether somebody is signed in, whether the hint names this
 * session. A link to here is on anybody's page, so without such a hint the person is asked (SR-054).
 *
 * @see [RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)
 */
export async function logout(call: Call): Promise<Answer> {
  const form = await readParameters(call.exchange)
  if (!form.ok) return refusalPage(call, MALFORMED)
  const asked = await readLogoutRequest(call, form.value)
  if (!asked.ok) return refusalPage(call, asked.error)
  const session = await readSession(call)
  if (session === undefined)
    return leave(call, asked.value, { form: form.value, sure: isProven(asked.value) })
  return namesSession(call, asked.value, session.record)
    ? signOut(call, { asked: asked.value, form: form.value, session })
    : ask(call, { asked: asked.value, form: form.value, session })
}

/**
 * `POST /oauth/logout`: the form of the page that asks; anything else is an application's, and is
 * sent on to the GET, because a browser sends no `SameSite=Lax` cookie with the POST of another site.
 *
 * Checks of our form, in order: it was sent from our pages, as far as the browser says; those of the
 * GET; its token, which is of this session and of what the page showed.
 */
export async function logoutByPost(call: Call): Promise<Answer> {
  const body = await readText(call.exchange, MAX_CHARS)
  if (!body.ok || !/^[!-~]*$/.test(body.value) || body.value.includes('#')) {
    return refusalPage(call, MALFORMED)
  }
  const form = parseForm(body.value)
  if (!form.ok) return refusalPage(call, MALFORMED)
  if (form.value.get('decision') === undefined) {
    return seeOther(`${logoutPath(call)}?${body.value}`)
  }
  return isFromOurPages(call.exchange) ? decide(call, form.value) : refusalPage(call, FORGED)
}

async function decide(call: Call, form: Form): Promise<Answer> {
  const asked = await readLogoutRequest(call, form)
  if (!asked.ok) return refusalPage(call, asked.error)
  const session = await readSession(call)
  // Signed out in another tab meanwhile: then it is done.
  if (session === undefined) return leave(call, asked.value, { form, sure: false })
  const purpose = purposeOf(session, form)
  if (!isFormToken(session.secret.reveal(), purpose, form.get('csrf'))) {
    return refusalPage(call, FORGED)
  }
  return form.get('decision') === 'sign_out'
    ? signOut(call, { asked: asked.value, form, session })
    : seeOther(pathOf(call.tenant, 'account'))
}

/** Somebody is signed in, and somebody asks for the opposite. */
interface Wanted {
  readonly asked: LogoutRequest
  readonly form: Form
  readonly session: LiveSession
}

/** The hint is left behind: the page is shown because it does not name this session. */
const CARRIED = ['client_id', 'post_logout_redirect_uri', 'state'] as const

const carried = (form: Form, clientId: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    CARRIED.flatMap((name) => {
      const value = name === 'client_id' ? clientId : form.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** A token is for one session and for what the page showed: who asks, and where it goes after. */
const purposeOf = ({ record }: LiveSession, form: Form, clientId = form.get('client_id')): string =>
  `logout\n${JSON.stringify([record.id, carried(form, clientId)])}`

function ask(call: Call, { asked, form, session }: Wanted): Answer {
  const { client } = asked
  const clientId = client?.principal.id
  const csrf = formToken(session.secret.reveal(), purposeOf(session, form, clientId))
  const view = {
    action: logoutPath(call),
    csrf,
    carry: carried(form, clientId),
    user: session.person.username ?? session.person.name,
    client: client && { id: client.principal.id, name: client.principal.name },
  }
  return pageAnswer(signOutPage(view, look(call, form)))
}

async function signOut(call: Call, { asked, form, session }: Wanted): Promise<Answer> {
  const { record, person } = session
  const ending = { id: record.id, actor: person.id, reason: 'signed-out' }
  await endSession(call.services, call.tenant, ending)
  const left = leave(call, asked, { form, sure: true })
  return { ...left, headers: [...left.headers, setCookie(call, 'session', '')] }
}

/** Whether it was the application that asked: nobody else has its ID tokens. */
const isProven = ({ client, hint }: LogoutRequest): boolean =>
  hint !== undefined && client !== undefined

/** How a browser leaves. */
interface Leaving {
  readonly form: Form
  /** The application proved itself, or the person has just agreed. For anybody else there is a link. */
  readonly sure: boolean
}

/** Where a browser goes that nobody is signed in with any more. */
function leave(call: Call, { returnTo }: LogoutRequest, { form, sure }: Leaving): Answer {
  const to = returnTo && destination(returnTo.uri, returnTo.state)
  if (to === undefined || !sure) {
    const signInPath = pathOf(call.tenant, 'account')
    return pageAnswer(signedOutPage({ returnTo: to, signInPath }, look(call, form)))
  }
  // Chromium holds the policy of the page against what follows its form.
  const posted = call.exchange.method === 'POST'
  return posted ? pageAnswer(continuePage({ to }, look(call, form))) : seeOther(to.url)
}

/** A registered URI with the state. One that is no destination could not be registered. */
function destination(uri: string, state: string | undefined): Destination | undefined {
  const query = state === undefined ? '' : new URLSearchParams({ state }).toString()
  const url = query === '' ? uri : uri + (uri.includes('?') ? '&' : '?') + query
  const parsed = parseDestination(url)
  return parsed.ok ? parsed.value : undefined
}

const look = (call: Call, form: Form) => lookOf(call, form.get('ui_locales')?.split(' '))

const logoutPath = ({ tenant: { issuer } }: Call): string =>
  `${new URL(issuer).pathname.replace(/\/$/, '')}/oauth/logout`

const seeOther = (location: string): Answer => ({
  status: 303,
  headers: [
    ['location', location],
    ['cache-control', 'no-store'],
    ['referrer-policy', 'no-referrer'],
  ],
  body: '',
})
