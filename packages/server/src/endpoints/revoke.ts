import type { Answer } from 'countersign'
import { revokeGrant } from '../credentials/grants.ts'
import { oauthError } from '../http/answers.ts'
import type { Services } from '../services.ts'
import type { KnownToken } from '../tokens/known-token.ts'
import { revokeToken } from '../tokens/revoke.ts'
import { isActive } from '../tokens/read.ts'
import type { ClientCall } from './call.ts'

/** Nobody has to read the body (RFC 7009 §2.2), and clients that take every answer for JSON can. */
const DONE: Answer = Object.freeze({
  status: 200,
  headers: [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ] as const,
  body: '{}',
})

/**
 * `POST /oauth/revoke`, for every kind of token. One that is unknown, expired or revoked already is
 * revoked enough: 200. Another client's token is refused and lives on. A refresh token goes with its
 * grant and all its access tokens (RFC 7009 §2.1); an access token goes alone.
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
  const actor = client.principal.id
  if (known.kind === 'refresh') await revokeGrantOf(services, known, actor)
  else await revokeToken(services, known, { actor, now })
  return DONE
}

async function revokeGrantOf(
  services: Services,
  { tenant, grantId = '' }: KnownToken,
  actor: string,
): Promise<void> {
  await revokeGrant(services, { tenant, id: grantId, reason: 'client' }, { id: actor, scopes: [] })
}
