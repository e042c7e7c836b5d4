import { hash } from 'node:crypto'
import type { Answer } from 'countersign'
import type { Call } from './call.ts'

interface Rendered {
  readonly body: string
  readonly etag: string
}

/** A key set is rendered when it changes, not when it is asked for. */
const rendered = new WeakMap<object, Rendered>()

/**
 * `GET /oauth/jwks`. `max-age` is the number that the rotation waits for: a cache that honours it
 * knows every key before it signs.
 *
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)
 */
export async function jwks({ services, tenant, exchange }: Call): Promise<Answer> {
  const { body, etag } = render(await services.signingKeys.jwks(tenant.id))
  const headers: Answer['headers'] = [
    ['content-type', 'application/jwk-set+json'],
    ['cache-control', `public, max-age=${services.signing.jwksMaxAgeSeconds}`],
    ['etag', etag],
    // Public keys are public: a browser may verify, too.
    ['access-control-allow-origin', '*'],
  ]
  const known = exchange.header('if-none-match').some((value) => value.includes(etag))
  return known ? { status: 304, headers, body: '' } : { status: 200, headers, body }
}

function render(set: object): Rendered {
  const known = rendered.get(set)
  if (known !== undefined) return known
  const body = JSON.stringify(set)
  const fresh = { body, etag: `"${hash('sha256', body, 'base64url')}"` }
  rendered.set(set, fresh)
  return fresh
}
