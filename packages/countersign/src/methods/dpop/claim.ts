import { digest } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { claimExpiry, type ReplayClaim } from '../../core/replay.ts'
import type { DpopPolicy } from './options.ts'
import type { VerifiedProof } from './proof.ts'

/**
 * The claim that uses a proof up: `jti` is unique among the proofs of one key (RFC 9449 §4.2).
 *
 * @param holder - Whose credential it stands beside: nobody uses up the proofs of others.
 */
export function proofClaim(
  { maxAgeSeconds, toleranceSeconds }: DpopPolicy,
  { jkt, jti, iat }: VerifiedProof,
  { tenant, credentialId }: Pick<ReplayClaim, 'tenant' | 'credentialId'>,
): MaybePromise<ReplayClaim> {
  const expiresAt = claimExpiry(iat, { maxAgeSeconds, toleranceSeconds })
  return map(digest('sha256', `${jkt} ${jti}`, 'base64url'), (use) => ({
    tenant,
    credentialId,
    use,
    signedAt: iat,
    expiresAt,
    toleranceSeconds,
  }))
}
