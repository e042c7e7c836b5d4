import type { Answer } from 'countersign'
import { mintArtefact } from '../artefacts/artefact.ts'
import { keepParameters } from '../authorization/parameters.ts'
import { PUSHED_SECONDS, REQUEST_URI_PREFIX } from '../authorization/pushed.ts'
import { checkPushedRequest } from '../authorization/read.ts'
import { DECISION_SECONDS, type AuthorizationFailure } from '../authorization/request.ts'
import { openRequestObject } from '../authorization/request-object.ts'
import { proveDpopKey } from '../checks/sender-key.ts'
import { json, oauthError } from '../http/answers.ts'
import type { ClientCall } from './call.ts'

/**
 * `POST /oauth/par`. Checks, in order: the request object, where there is one; those of an authorization request, for the client that has
 * proven itself; the DPoP proof, whose key the code is then bound to (RFC 9449 §10.1).
 *
 * @see [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2)
 */
export async function pushedAuthorization(call: ClientCall): Promise<Answer> {
  const { services, tenant, client, now } = call
  const opened = await openRequestObject(call, client, call.form)
  if (!opened.ok) return refusal(opened.error)
  const { form, isSigned } = opened.value
  const checked = checkPushedRequest(call, client, opened.value)
  if (!checked.ok) return refusal(checked.error)
  const proven = await proveDpopKey(call, '/oauth/par')
  if (!proven.ok) return oauthError(proven.error)
  const kept = keepParameters(form)
  const jkt = proven.value?.jkt ?? kept.members['dpop_jkt']
  if (kept.members['dpop_jkt'] !== undefined && kept.members['dpop_jkt'] !== jkt) {
    const description = 'dpop_jkt is not the key of the DPoP proof.'
    return oauthError({ error: 'invalid_dpop_proof', description })
  }
  const members = { ...kept.members, ...(jkt === undefined ? {} : { dpop_jkt: jkt }) }
  const pushed = await mintArtefact(services, {
    tenant: tenant.id,
    kind: 'pushed-request',
    clientId: client.principal.id,
    data: { ...kept, members, isSigned },
    // Whoever comes with it at the last moment still has to sign in.
    seconds: PUSHED_SECONDS + DECISION_SECONDS,
    now,
  })
  await services.store.artefacts.insert(pushed.record)
  const uri = REQUEST_URI_PREFIX + pushed.text
  return json({ request_uri: uri, expires_in: PUSHED_SECONDS }, 201)
}

const refusal = ({ error, description }: AuthorizationFailure): Answer =>
  oauthError({ error: error === 'invalid_redirect_uri' ? 'invalid_request' : error, description })
