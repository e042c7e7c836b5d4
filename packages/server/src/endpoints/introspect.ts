import type { Answer } from 'countersign'
import { tokenTypeOf } from '../tokens/response.ts'
import { json, oauthError } from '../http/answers.ts'
import type { KnownToken } from '../tokens/known-token.ts'
import { isActive } from '../tokens/read.ts'
import type { FormCall } from './call.ts'

const INACTIVE = { active: false } as const

/**
 * `POST /oauth/introspect`, for every kind of token. Anything but a live token of this tenant is
 * `{"active":false}` and not a word more. Writes nothing.
 *
 * `token_type_hint` is ignored: the form of a token says what it is.
 *
 * @throws `UnavailableError` while revocations cannot be known: an old answer would be a wrong one.
 * @see [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
export async function introspect({ services, tenant, form, now }: FormCall): Promise<Answer> {
  const presented = form.get('token')
  if (presented === undefined) {
    return oauthError({ error: 'invalid_request', description: 'token is missing.' })
  }
  const known = await services.tokens.read(tenant, presented, now)
  const active = known !== undefined && isActive(known, services.revocations, now)
  return json(active ? describe(known, tenant.issuer) : INACTIVE)
}

const describe = (token: KnownToken, issuer: string): Readonly<Record<string, unknown>> => ({
  active: true,
  scope: token.scopes.join(' '),
  client_id: token.clientId,
  ...(token.kind === 'refresh' ? {} : { token_type: tokenTypeOf(token.confirmation) }),
  exp: token.expiresAt,
  iat: token.issuedAt,
  sub: token.principalId,
  aud: token.audiences.length === 1 ? token.audiences[0] : token.audiences,
  iss: issuer,
  jti: token.id,
  ...(token.confirmation === undefined ? {} : { cnf: token.confirmation }),
})
