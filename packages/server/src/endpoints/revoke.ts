import type { Answer } from 'countersign'
import { oauthError } from '../http/answers.ts'
import { revokeToken } from '../tokens/revoke.ts'
import { isActive } from '../tokens/read.ts'
import type { ClientCall } from './call.ts'

const DONE: Answer = Object.freeze({
  status: 200,
  headers: [['cache-control', 'no-store']] as const,
  body: '',
})

/**
 * `POST /oauth/revoke`, for both kinds of token. A token that is unknown, expired or revoked
 * already is revoked enough: 200. Another client's token is refused and lives on.
 *
 * When 200 arrives, the revocation is durable and this process refuses the token; other verifiers
 * follow by the change feed.
 *
 * @see [RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)
 */
export async function revoke({ services, tenant, form, client, now }: ClientCall): Promise<Answer> {
  const presented = form.get('token')
  if (presented === undefined) {
    return oauthError({ error: 'invalid_request', description: 'token is missing.' })
  }
  const known = await services.tokens.read(tenant, presented, now)
  if (known === undefined || !isActive(known, services.revocations, now)) return DONE
  if (known.clientId !== client.principal.id) {
    const description = 'The token was issued to another client.'
    return oauthError({ error: 'invalid_grant', description })
  }
  await revokeToken(services, known, { actor: client.principal.id, now })
  return DONE
}
