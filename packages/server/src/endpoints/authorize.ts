import type { Answer } from 'countersign'
import { readParameters } from '../authorization/parameters.ts'
import { readAuthorizationRequest } from '../authorization/read.ts'
import { refuseAuthorization } from '../authorization/respond.ts'
import type { Form } from '../http/form.ts'
import { readText } from '../http/exchange.ts'
import { seeOther } from '../interactions/answers.ts'
import { beginInteraction } from '../interactions/begin.ts'
import { pathOf } from '../interactions/paths.ts'
import type { Call } from './call.ts'

/**
 * `GET /oauth/authorize`: a client asks, a person answers. Checks, in order: parameters that are
 * well-formed, those of `readAuthorizationRequest`; then sessions and consent decide whether a page
 * is shown. Answers no CORS request (SR-006).
 *
 * @see [OAuth 2.1 §4.1.1](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.1)
 */
export async function authorize(call: Call): Promise<Answer> {
  const form = await readParameters(call.exchange)
  return form.ok ? answer(call, form.value) : malformed(call, form.error)
}

async function answer(call: Call, form: Form): Promise<Answer> {
  const asked = await readAuthorizationRequest(call, form)
  return asked.ok ? beginInteraction(call, asked.value) : refuseAuthorization(call, asked.error)
}

const malformed = (call: Call, description: string): Answer =>
  refuseAuthorization(call, { error: 'invalid_request', description, returnTo: undefined })

/** What a URL carries through proxies. */
const MAX_CHARS = 16_384

/**
 * `POST /oauth/authorize` (OpenID Connect Core §3.1.2.1) is sent on to the GET: a browser does not
 * send `SameSite=Lax` cookies with the POST of another site, and nobody would be signed in.
 */
export async function authorizeByPost(call: Call): Promise<Answer> {
  const body = await readText(call.exchange, MAX_CHARS)
  if (!body.ok || !/^[!-~]*$/.test(body.value) || body.value.includes('#')) {
    return malformed(call, 'The request body is not well-formed.')
  }
  return seeOther(`${pathOf(call.tenant, 'authorize')}?${body.value}`)
}
