import type { Allowed, Preflight, Published, Refused, RequiredAuthentication } from './decision.ts'
import type { Guard } from './guard.ts'
import type { LimitState } from './limits.ts'
import type { Challenge } from './method.ts'
import type { Field } from './field.ts'
import { reasonOf, WIRE_TITLES, type Reason } from './reasons.ts'

/** An answer in no framework's terms: adapters write it with theirs. */
export interface Answer {
  readonly status: number
  /** Field names in lower case; a name may come twice (one challenge a field). */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/**
 * A preflight is asking whether the browser may send the request; nobody has granted that, and
 * nobody is refused either. The CORS layer stands before the guard and answers those it knows.
 */
const PREFLIGHT_ANSWER: Answer = Object.freeze({ status: 204, headers: [], body: '' })

/** Where the meaning of each wire code is written down. */
const TYPE_BASE = 'https://countersign.dev/problems/'

/**
 * Turns a decision that lets nobody in into an answer. A refusal: status and problem+json
 * (RFC 9457), one challenge per accepted scheme on 400, 401 and 403 for scope, `Retry-After`,
 * `RateLimit` fields. A preflight: an empty 204, which grants nothing. What is published: itself.
 *
 * The body names a generic code and the decision id. It never says which check failed: the operator
 * reads that with `countersign explain <decisionId>`. Answers to an unknown credential and to a
 * wrong secret differ in the id only.
 *
 * @see [RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1) WWW-Authenticate
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3) the Bearer challenge
 */
export function answer(
  refused: Refused | Preflight | Published,
  desk: Pick<Guard, 'challenges' | 'realm'>,
): Answer {
  if (refused.outcome === 'preflight') return PREFLIGHT_ANSWER
  if (refused.outcome === 'published') return refused
  const reason: Reason = reasonOf(refused.reason)
  const headers: [string, string][] = [
    ['content-type', 'application/problem+json'],
    ['cache-control', 'no-store'],
  ]
  if (reason.status === 401 || reason.error !== undefined) {
    for (const challenge of desk.challenges) {
      headers.push(['www-authenticate', challengeText(challenge, desk.realm, refused)])
      for (const [name, value] of challenge.fields ?? []) headers.push([name, value])
    }
  }
  for (const [name, value] of refused.fields) headers.push([name, value])
  if (refused.retryAfterSeconds > 0)
    headers.push(['retry-after', String(refused.retryAfterSeconds)])
  headers.push(...rateLimitHeaders(refused.limits))
  return { status: reason.status, headers, body: problem(refused, reason) }
}

function problem({ decisionId, at }: Refused, { wire, status }: Reason): string {
  const title = WIRE_TITLES[wire]
  const told = { type: `${TYPE_BASE}${wire}`, title, status, code: wire, decisionId }
  // SR-109: what a client needs to correct its clock, once, and sign again.
  return JSON.stringify(wire === 'clock-skew' ? { ...told, serverTime: at } : told)
}

function challengeText(
  { scheme, parameters }: Challenge,
  realm: string,
  { presented, requiredScopes, reason, authentication }: Refused,
): string {
  const { error }: Reason = reasonOf(reason)
  const pairs: [string, string][] = [['realm', realm], ...Object.entries(parameters ?? {})]
  if (scheme === 'Bearer' || scheme === 'DPoP') {
    const ours = scheme === 'DPoP' || error?.includes('dpop') !== true
    // RFC 6750 §3.1: without a credential the challenge carries no error.
    if (presented && error !== undefined && ours) pairs.push(['error', error])
    if (authentication !== undefined) pairs.push(...stepUp(authentication))
    if (requiredScopes.length > 0) pairs.push(['scope', requiredScopes.join(' ')])
  }
  return `${scheme} ${pairs.map(([name, value]) => `${name}=${quote(value)}`).join(', ')}`
}

/** RFC 9470 §3: what the client is to ask of the authorization server. */
function* stepUp({ acr, maxAgeSeconds }: RequiredAuthentication): Iterable<[string, string]> {
  if (acr !== undefined) yield ['acr_values', acr.join(' ')]
  if (maxAgeSeconds !== undefined) yield ['max_age', String(Math.floor(maxAgeSeconds))]
}

/** RFC 9110 §5.6.4 quoted-string. Values are ours; quoting keeps them from ending the string. */
const quote = (text: string): string => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`

/** The fields that an allowed decision adds to the answer of the handler. */
export const allowedFields = ({ limits, fields }: Allowed): readonly Field[] =>
  limits.length === 0 ? fields : [...rateLimitHeaders(limits), ...fields]

/**
 * The `RateLimit-Policy` and `RateLimit` fields for the limits of a decision; none for none.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10
 */
export function rateLimitHeaders(limits: readonly LimitState[]): [string, string][] {
  if (limits.length === 0) return []
  const policies = limits.map(
    ({ policy }) => `${quote(policy.name)};q=${policy.limit};w=${policy.windowSeconds}`,
  )
  const states = limits.map(
    ({ policy, remaining, resetSeconds }) =>
      `${quote(policy.name)};r=${Math.floor(remaining)};t=${Math.ceil(resetSeconds)}`,
  )
  return [
    ['ratelimit-policy', policies.join(', ')],
    ['ratelimit', states.join(', ')],
  ]
}
