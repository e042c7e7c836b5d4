import { digest } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt } from '../../core/method.ts'
import { claimExpiry, claimOnce } from '../../core/replay.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import type { ResolvedHttpSignature } from './policy.ts'
import type { ProvenSignature } from './prove.ts'

/**
 * Uses the signatures up, once. To be asked last of all: who cannot sign cannot use up the nonces of
 * who can (SR-106).
 */
export function claimAll(
  policy: ResolvedHttpSignature,
  attempt: Attempt,
  proven: readonly ProvenSignature[],
): MaybePromise<Rejected | undefined> {
  const [one, ...others] = proven
  if (one === undefined) return undefined
  return map(claim(policy, attempt, one), (used) => used ?? claimAll(policy, attempt, others))
}

/**
 * What is claimed is the nonce, or the signature base: not the signature, since of an ECDSA
 * signature anybody can make a second good one (`s` and `n - s`).
 */
function claim(
  { replay, maxAgeSeconds, toleranceSeconds }: ResolvedHttpSignature,
  attempt: Attempt,
  { parameters, base, created, known }: ProvenSignature,
): MaybePromise<Rejected | undefined> {
  if (replay === undefined) return undefined
  const { tenant, credentialId } = known.principal
  const { nonce } = parameters
  const name = nonce === undefined ? `base\n${base}` : `nonce\n${nonce}`
  const expiresAt = claimExpiry(created, { maxAgeSeconds, toleranceSeconds })
  return map(digest('sha256', name, 'base64url'), (use) => {
    const times = { signedAt: created, expiresAt, toleranceSeconds }
    const one = { tenant, credentialId, use, ...times }
    const id = credentialId
    return claimOnce({ store: replay, claim: one }, attempt, {
      check: 'http-signature.replay',
      replayed: rejected('http-signature.replayed', { id }),
      fenced: { id },
    })
  })
}
