/**
 * Which endpoints a page of another origin may call by script: any origin, and never with cookies.
 * What such an endpoint asks for is in a header field or a form, so a stranger's page gains nothing
 * that a stranger's server does not have. Pages of people are not among them (SR-006).
 */
import type { Answer } from 'countersign'
import type { Endpoint } from './call.ts'

const ANY_ORIGIN = ['access-control-allow-origin', '*'] as const

/** Fields that scripts may read: what to do about a refusal is in them. */
const EXPOSED = [
  'access-control-expose-headers',
  'WWW-Authenticate, DPoP-Nonce, Retry-After',
] as const

/** Lets scripts of any origin read the answers of an endpoint. */
export const withCors =
  (next: Endpoint): Endpoint =>
  async (call) => {
    const answered = await next(call)
    return { ...answered, headers: [...answered.headers, ANY_ORIGIN, EXPOSED] }
  }

const PREFLIGHT: Answer = Object.freeze({
  status: 204,
  headers: [
    ANY_ORIGIN,
    ['access-control-allow-methods', 'GET, POST'],
    ['access-control-allow-headers', 'Authorization, Content-Type, DPoP'],
    ['access-control-max-age', '86400'],
  ] as const,
  body: '',
})

/**
 * `OPTIONS` before a request of a script.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 */
export const preflight: Endpoint = () => PREFLIGHT
