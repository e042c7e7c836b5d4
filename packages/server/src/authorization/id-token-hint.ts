import { err, ok, type Result } from 'countersign'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { AskedRequest, AuthorizationFailure } from './request.ts'

/**
 * Reads whom a request is about (`id_token_hint`): the subject of an ID token that this tenant issued
 * to this client, however old. One that is none is an error and not left out: the client would be
 * answered for whoever happens to be signed in.
 *
 * @param text - Attacker-controlled.
 * @see [OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export async function withHint(
  { services, tenant }: { readonly services: Services; readonly tenant: Tenant },
  asked: AskedRequest,
  text: string | undefined,
): Promise<Result<AskedRequest, AuthorizationFailure>> {
  if (text === undefined) return ok(asked)
  const { client, request } = asked
  const { iss, aud, sub } =
    (await services.signingKeys.verifyIdToken(tenant.id, text))?.claims ?? {}
  if (iss === tenant.issuer && aud === client.principal.id && typeof sub === 'string') {
    return ok({ ...asked, request: { ...request, subject: sub } })
  }
  const description = 'id_token_hint is no ID token of this client.'
  return err({ error: 'invalid_request', description, returnTo: request })
}
