import { systemClock, toSeconds } from '../../core/clock.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { coversDigest } from './coverage.ts'
import { checkContentDigest } from './digest.ts'
import { parseSignatures } from './format.ts'
import type { SignedResponse } from './message.ts'
import { resolveHttpSignature, type HttpSignatureOptions } from './policy.ts'
import { proveSignature, type ProvenSignature } from './prove.ts'
import { factsOf, type SignatureFacts } from './result.ts'

/** How signed responses are believed. */
export type ResponseOptions = Pick<
  HttpSignatureOptions,
  | 'algorithms'
  | 'source'
  | 'maxAgeSeconds'
  | 'clockToleranceSeconds'
  | 'fieldTypes'
  | 'tag'
  | 'clock'
> & {
  /**
   * Components beside `@status` (and `content-digest` when there is a body) that must be covered.
   * With `@method;req`, `@path;req`, … an answer to another request cannot stand for this one's.
   */
  readonly components?: readonly string[]
}

/** A response with its body, as it was received. */
export interface ReceivedResponse extends SignedResponse {
  readonly body: Uint8Array
}

/** What a signed response proves, or why it proves nothing. */
export type ResponseVerdict = Result<SignatureFacts, ReasonCode>

/**
 * Makes the check of signed responses, for whoever calls. Checks, in order: size and form, tag; then
 * as for a request, `created` and `keyid`, coverage, time, components, key, algorithm, signature; then
 * that the key may be used now, and the bytes of the body.
 *
 * Does not remember responses: to tell a fresh one from a repeated one, sign requests with a nonce
 * and ask for `"signature-input";req` among the components.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 * @see [RFC 9421 §2.4](https://www.rfc-editor.org/rfc/rfc9421#section-2.4)
 */
export function responseVerifier(
  options: ResponseOptions,
): (response: ReceivedResponse) => MaybePromise<ResponseVerdict> {
  const { clock = systemClock, components = [], ...rest } = options
  const required = { components: ['@status', ...components], replays: true }
  const policy = resolveHttpSignature({ ...rest, unsafe: required })
  return (response) => {
    const parsed = parseSignatures(response.header('signature-input'), response.header('signature'))
    if (!parsed.ok) return parsed
    const now = toSeconds(clock())
    const { tag } = policy
    const asked = parsed.value.filter(
      ({ parameters }) => tag === undefined || parameters.tag === tag,
    )
    const step = (index: number, first: ReasonCode): MaybePromise<ResponseVerdict> => {
      const next = asked[index]
      if (next === undefined) return err(first)
      const outcome = proveSignature(policy, { view: response, now, trace: undefined }, next)
      return map(outcome, (proof) => {
        if (!('outcome' in proof)) return admit(response, proof, now)
        return step(index + 1, index === 0 ? proof.reason : first)
      })
    }
    return step(0, 'http-signature.label-missing')
  }
}

function admit(
  response: ReceivedResponse,
  proof: ProvenSignature,
  now: number,
): MaybePromise<ResponseVerdict> {
  const { revoked, notBefore, expiresAt } = proof.known
  if (revoked) return err('http-signature.revoked')
  if (now < notBefore) return err('http-signature.not-yet-valid')
  if (now >= expiresAt) return err('http-signature.key-expired')
  if (!coversDigest(proof.components))
    return response.body.length > 0 ? err('http-signature.body-unbound') : ok(factsOf(proof))
  return map(checkContentDigest(response.header('content-digest'), response.body), (outcome) => {
    if (outcome === 'match') return ok(factsOf(proof))
    return err(
      outcome === 'mismatch' ? 'http-signature.body-changed' : 'http-signature.digest-invalid',
    )
  })
}
