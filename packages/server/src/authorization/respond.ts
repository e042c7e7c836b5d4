/** The answer to an authorization request: parameters at the address of the client, or a page here. */
import type { Answer, ReasonCode } from 'countersign'
import { recordRefusal } from '../checks/refusal.ts'
import { pageAnswer } from '../pages/answer.ts'
import { parseDestination, type Destination } from '../pages/destination.ts'
import { errorPage, type PageError } from '../pages/error.ts'
import { lookFor, type Look } from '../pages/look.ts'
import { continuePage, formPostPage } from '../pages/onward.ts'
import type { AuthorizationCall } from './call.ts'
import type { AuthorizationFailure, ReturnAddress } from './request.ts'

/** Parameters of a response, by their names on the wire. */
export type ResponseParameters = Readonly<Record<string, string>>

/**
 * Sends parameters to a client. `iss` and `state` go with them, always (SR-005). Where no
 * page was shown it is a redirect; after one it is a page that goes on by itself, because Chromium
 * holds `form-action` against every redirect that follows a form; with `form_post` it is a form.
 *
 * @see [RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)
 */
export function respond(
  call: AuthorizationCall,
  { redirectUri, responseMode, state }: ReturnAddress,
  parameters: ResponseParameters,
): Answer {
  const all = {
    ...parameters,
    ...(state === undefined ? {} : { state }),
    iss: call.tenant.issuer,
  }
  const look = lookOf(call)
  if (responseMode === 'form_post') {
    return pageAnswer(formPostPage({ to: destination(redirectUri), parameters: all }, look))
  }
  const url = withQuery(redirectUri, all)
  if (call.pageShown === true) {
    return pageAnswer(continuePage({ to: destination(url) }, look))
  }
  return { status: 303, headers: [['location', url], ...HERE], body: '' }
}

const HERE = [
  ['cache-control', 'no-store'],
  ['referrer-policy', 'no-referrer'],
] as const

/** Tells a client what went wrong, or the person where no client can be told (SR-002). */
export function refuseAuthorization(
  call: AuthorizationCall,
  failure: AuthorizationFailure,
): Answer {
  const { error, description, returnTo } = failure
  if (returnTo !== undefined) {
    return respond(call, returnTo, { error, error_description: description })
  }
  const { reason, kind } = PAGES[error] ?? OTHER
  return refusalPage(call, { reason, kind, detail: { why: description } })
}

/** Why a page is shown in place of an answer. */
interface Refused {
  readonly reason: ReasonCode
  readonly kind: PageError
  readonly detail?: Readonly<Record<string, string>>
}

const OTHER: Refused = { reason: 'oauth.request-malformed', kind: 'request' }
const PAGES: Readonly<Record<string, Refused>> = {
  unauthorized_client: { reason: 'oauth.client-unknown', kind: 'client' },
  invalid_redirect_uri: { reason: 'oauth.redirect-uri-unregistered', kind: 'redirect' },
}

/** An error page, and the record that explains it. */
export function refusalPage(call: AuthorizationCall, { reason, kind, detail }: Refused): Answer {
  const decisionId = recordRefusal(call, reason, detail)
  return pageAnswer(errorPage({ kind, decisionId }, lookOf(call)))
}

/** The look in the language of a request. */
export const lookOf = (
  { services, exchange }: Pick<AuthorizationCall, 'services' | 'exchange'>,
  uiLocales: readonly string[] = [],
): Look =>
  lookFor(services.look, {
    uiLocales: uiLocales.join(' '),
    acceptLanguage: exchange.header('accept-language')[0],
  })

/** The redirect URI keeps its own query (RFC 6749 §3.1.2). */
function withQuery(uri: string, parameters: ResponseParameters): string {
  const query = new URLSearchParams(parameters).toString()
  return uri + (uri.includes('?') ? '&' : '?') + query
}

/** A redirect URI that was matched against registered ones; what is no destination cannot be one. */
function destination(url: string): Destination {
  const parsed = parseDestination(url)
  if (!parsed.ok) throw new TypeError('a redirect URI that is no destination was registered')
  return parsed.value
}
