import type { Answer } from 'countersign'
import { json, oauthError } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { describeToken, mayKnow } from '../oidc/token-description.ts'
import { isActive } from '../tokens/read.ts'
import type { IntrospectionCall } from './introspector.ts'

const INACTIVE = { active: false } as const

/** RFC 9701 §4: asked for by this media type, and typed with it: no other JWT passes for the answer. */
const SIGNED_TYPE = 'token-introspection+jwt'

/**
 * `POST /oauth/introspect`, for every kind of token. Anything but a live token of this tenant that the
 * caller may know of is `{"active":false}` and not a word more. Writes nothing. Signed for the caller
 * where it accepts that.
 *
 * `token_type_hint` is ignored: the form of a token says what it is.
 *
 * @throws `UnavailableError` while revocations cannot be known: an old answer would be a wrong one.
 * @see [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
export async function introspect(call: IntrospectionCall): Promise<Answer> {
  const presented = call.form.get('token')
  if (presented === undefined) {
    return oauthError({ error: 'invalid_request', description: 'token is missing.' })
  }
  const told = await describe(call, presented)
  return wantsSigned(call.exchange) ? signed(call, told) : json(told)
}

async function describe(
  { services, tenant, introspector: reader, now }: IntrospectionCall,
  presented: string,
): Promise<Readonly<Record<string, unknown>>> {
  const token = await services.tokens.read(tenant, presented, now)
  if (token === undefined || !isActive(token, services.revocations, now)) return INACTIVE
  if (!mayKnow(reader, token, tenant.issuer)) return INACTIVE
  return describeToken(services, tenant, { token, reader })
}

/** By name only: whoever accepts anything has not asked for a JWT. */
const wantsSigned = (exchange: Exchange): boolean =>
  exchange
    .header('accept')
    .flatMap((line) => line.split(','))
    .some((one) => one.split(';', 1)[0]?.trim().toLowerCase() === `application/${SIGNED_TYPE}`)

/**
 * The answer as a JWT for this caller. What is said of the token is below one member: with `sub` and
 * `exp` of its own the answer could be taken for a token.
 *
 * @see [RFC 9701 §5](https://www.rfc-editor.org/rfc/rfc9701#section-5)
 */
async function signed(
  { services, tenant, introspector, now }: IntrospectionCall,
  told: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const claims = { iss: tenant.issuer, aud: introspector.id, iat: now, token_introspection: told }
  const body = await services.signingKeys.sign(tenant.id, { typ: SIGNED_TYPE }, claims)
  return {
    status: 200,
    headers: [
      ['content-type', `application/${SIGNED_TYPE}`],
      ['cache-control', 'no-store'],
    ],
    body,
  }
}
