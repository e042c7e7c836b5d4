import { err, type Result } from 'countersign'
import { openArtefact } from '../artefacts/artefact.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import { deviceDataOf } from './device/request.ts'
import type { Grant, GrantRequest } from './grant.ts'
import { punish, redeem, repeatRedemption } from './redeem.ts'

/** The name of the grant (RFC 8628 §3.4). */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const failure = (error: OAuthFailure['error'], description: string): OAuthFailure => ({
  error,
  description,
})

/** Unknown, of another client, of another key: the same words. */
const INVALID = failure('invalid_grant', 'The device code is not valid.')
const MISSING = failure('invalid_request', 'device_code is missing.')
const EXPIRED = failure('expired_token', 'The device code has expired.')
const PENDING = failure('authorization_pending', 'Nobody has decided yet.')
const SLOW_DOWN = failure('slow_down', 'Wait 5 seconds longer between two requests from now on.')
const DENIED = failure('access_denied', 'The request was denied.')

/**
 * Polls for the tokens of a device. Checks, in order: the code is ours and this client's; the DPoP
 * key that it is bound to; that it was not used and has not expired; that somebody has decided, and,
 * where not, the interval; what was decided; the grant lives; the resource.
 *
 * A code works once; a repetition is answered as that of an authorization code is.
 *
 * @see [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)
 */
export const deviceCode: Grant = async (request) => {
  const presented = request.form.get('device_code')
  if (presented === undefined) return err(MISSING)
  const code = await findCode(request, presented)
  if (code === undefined) return err(INVALID)
  const { scopes, resources, dpopJkt } = deviceDataOf(code)
  const sameKey = dpopJkt === undefined || request.confirmation?.jkt === dpopJkt
  if (code.consumedAt !== null) {
    return sameKey ? repeatRedemption(request, code, INVALID) : punish(request, code, INVALID)
  }
  if (!sameKey) return err(INVALID)
  const waits = waitingOf(request, code)
  if (waits !== undefined) return waits
  const grantType = 'device_code'
  return redeem(request, { artefact: code, grantType, scopes, resources, invalid: INVALID })
}

async function findCode(
  { services, tenant, client }: GrantRequest,
  text: string,
): Promise<ArtefactRecord | undefined> {
  const code = await openArtefact(services, { tenant: tenant.id, kind: 'device-code' }, text)
  return code?.clientId === client.principal.id ? code : undefined
}

/** Why there are no tokens yet, or never; undefined where a person has said yes. */
function waitingOf(
  { services, now }: GrantRequest,
  { id, principalId, grantId, expiresAt }: ArtefactRecord,
): Result<never, OAuthFailure> | undefined {
  if (expiresAt <= now) return err(EXPIRED)
  if (principalId === null) {
    return err(services.devices.pace.isTooSoon(id, services.clock()) ? SLOW_DOWN : PENDING)
  }
  return grantId === null ? err(DENIED) : undefined
}
