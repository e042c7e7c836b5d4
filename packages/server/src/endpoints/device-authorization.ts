import { resolveClient, type Answer } from 'countersign'
import { readAccess } from '../authorization/access.ts'
import { proveDpopKey } from '../checks/sender-key.ts'
import { DEVICE_CODE_GRANT } from '../grants/device-code.ts'
import { POLL_INTERVAL_SECONDS } from '../grants/device/pace.ts'
import { DEVICE_CODE_SECONDS, keepDeviceRequest } from '../grants/device/request.ts'
import { json, oauthError } from '../http/answers.ts'
import type { ClientCall } from './call.ts'

/**
 * `POST /oauth/device_authorization`. Checks, in order: that the client is registered for the grant,
 * scopes, resources and details as those of an authorization request, the DPoP proof, where there is
 * one: then every poll needs a proof of that key.
 *
 * @see [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)
 */
export async function deviceAuthorization(call: ClientCall): Promise<Answer> {
  const { services, tenant, exchange, client, form } = call
  if (!client.settings.grantTypes.includes(DEVICE_CODE_GRANT)) {
    const description = 'The client is not registered for the device flow.'
    return oauthError({ error: 'unauthorized_client', description })
  }
  const access = readAccess(form, client, {
    issuer: tenant.issuer,
    detailTypes: services.detailTypes,
  })
  if (!access.ok) {
    const { error, description } = access.error
    const known = error === 'invalid_redirect_uri' ? 'invalid_request' : error
    return oauthError({ error: known, description })
  }
  const proven = await proveDpopKey(call, '/oauth/device_authorization')
  if (!proven.ok) return oauthError(proven.error)
  const jkt = proven.value?.jkt
  const { address } = resolveClient(exchange, services.proxies)
  const { deviceCode, userCode } = await keepDeviceRequest(call, {
    clientId: client.principal.id,
    data: {
      ...access.value,
      ...(jkt === undefined ? {} : { dpopJkt: jkt }),
      ...(address === undefined ? {} : { address }),
    },
  })
  const page = `${tenant.issuer}/device`
  return json({
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    expires_in: DEVICE_CODE_SECONDS,
    interval: POLL_INTERVAL_SECONDS,
  })
}
