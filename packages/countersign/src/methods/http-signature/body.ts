import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt } from '../../core/method.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { checkContentDigest, type DigestOutcome } from './digest.ts'
import type { ResolvedHttpSignature } from './policy.ts'

const REASONS = {
  mismatch: 'http-signature.body-changed',
  unreadable: 'http-signature.digest-invalid',
} as const satisfies Record<Exclude<DigestOutcome, 'match'>, string>

/**
 * Compares the bytes received with the digest that was signed, before any handler has them. A body
 * that no digest covers is refused; whether there is one is asked of the bytes, since HTTP/2 needs
 * no field to announce it.
 *
 * @param covered - Content-Digest is among the signed components.
 * @see [RFC 9421 §7.2.8](https://www.rfc-editor.org/rfc/rfc9421#section-7.2.8) message content
 */
export function checkBody(
  { bodyBound, maxBodyBytes }: ResolvedHttpSignature,
  { view, trace }: Attempt,
  covered: boolean,
): MaybePromise<Rejected | undefined> {
  if (!covered && !bodyBound) return undefined
  return map(view.body(maxBodyBytes), (body) => {
    trace?.check('http-signature.body-size', body.ok, maxBodyBytes)
    if (!body.ok) return rejected(body.error)
    if (!covered) {
      const empty = body.value.length === 0
      trace?.check('http-signature.body', empty, 'no body, or content-digest covered')
      return empty ? undefined : rejected('http-signature.body-unbound')
    }
    return map(checkContentDigest(view.header('content-digest'), body.value), (outcome) => {
      trace?.check('http-signature.body', outcome === 'match', 'match', outcome)
      return outcome === 'match' ? undefined : rejected(REASONS[outcome])
    })
  })
}
