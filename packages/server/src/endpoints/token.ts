import type { Answer } from 'countersign'
import { nonceHeaders, proveSenderKey } from '../checks/sender-key.ts'
import { GRANTS } from '../grants/index.ts'
import { json, oauthError } from '../http/answers.ts'
import type { ClientCall } from './call.ts'

/**
 * `POST /oauth/token`. Checks, in order: a grant type that exists, that the client is registered
 * for, the keys that its token is to be bound to; the grant does the rest.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
export async function token(call: ClientCall): Promise<Answer> {
  const grantType = call.form.get('grant_type')
  if (grantType === undefined) {
    return oauthError({ error: 'invalid_request', description: 'grant_type is missing.' })
  }
  const grant = GRANTS.get(grantType)
  if (grant === undefined) {
    const description = 'The grant type is not supported.'
    return oauthError({ error: 'unsupported_grant_type', description })
  }
  if (!call.client.settings.grantTypes.includes(grantType)) {
    const description = 'The client is not registered for this grant type.'
    return oauthError({ error: 'unauthorized_client', description })
  }
  const confirmation = await proveSenderKey(call)
  if (!confirmation.ok) return oauthError(confirmation.error)
  const response = await grant({ ...call, confirmation: confirmation.value })
  if (!response.ok) return oauthError(response.error)
  const answer = json(response.value)
  if (call.services.dpop.nonces === undefined) return answer
  const fields = await nonceHeaders(call.services, call.now)
  return { ...answer, headers: [...answer.headers, ...fields] }
}
