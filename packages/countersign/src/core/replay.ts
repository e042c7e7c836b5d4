import { map, type MaybePromise } from './maybe.ts'
import type { Attempt } from './method.ts'
import { rejected, type Detail, type Rejected } from './verdict.ts'

/** One use of something that may be used once: a nonce, a `jti`, a signature. */
export interface ReplayClaim {
  readonly tenant: string
  /** Whose it is: one caller must not be able to use up another's nonces. */
  readonly credentialId: string
  /**
   * Names the use among those of the credential, at most 64 characters: a digest of what the
   * caller chose.
   */
  readonly use: string
  /** Seconds since the epoch by the caller's clock: `created`, `iat`. */
  readonly signedAt: number
  /** Seconds since the epoch after which the request would be refused for its age anyway. */
  readonly expiresAt: number
  /** Seconds that `signedAt` may lie ahead of us: a fence stands that much later. */
  readonly toleranceSeconds: number
}

/**
 * `claimed`: the first use. `replayed`: used before. `fenced`: signed at a time that the store does
 * not remember, so nobody knows.
 */
export type ClaimOutcome = 'claimed' | 'replayed' | 'fenced'

/**
 * Remembers uses. Claim only after the signature was found good: a store that strangers can fill is
 * a way to use up the nonces of others.
 *
 * @throws {@link UnavailableError} when it cannot be reached or is full: fail closed (SR-107).
 */
export interface ReplayStore {
  claim(claim: ReplayClaim, now: number): MaybePromise<ClaimOutcome>
}

/**
 * When a claim may be forgotten: once the request is too old to be accepted, by the slower clock.
 * TTL = maxAge + 2 × skew after the signature (keycloak#43505 is what a shorter one costs).
 */
export const claimExpiry = (
  signedAt: number,
  { maxAgeSeconds, toleranceSeconds }: { maxAgeSeconds: number; toleranceSeconds: number },
): number => signedAt + maxAgeSeconds + 2 * toleranceSeconds

/**
 * The name of a use among all uses of all credentials, for stores. Lengths first: no choice of
 * parts makes the names of two uses equal.
 */
export const replayName = ({ tenant, credentialId, use }: ReplayClaim): string =>
  `${tenant.length} ${credentialId.length} ${tenant}${credentialId}${use}`

/** How a method speaks of a claim. */
export interface ClaimTerms {
  /** Name of the check in the trace. */
  readonly check: string
  /** What a second use is refused with. */
  readonly replayed: Rejected
  /** Facts for the operator where the store does not remember, beside when to try again. */
  readonly fenced?: Detail
}

/**
 * Uses something up, once. The last check of a method: who cannot sign cannot use up what belongs
 * to who can (SR-106).
 *
 * @returns the rejection, or undefined for the first use.
 * @throws {@link UnavailableError} when the store cannot be reached or is full.
 */
export function claimOnce(
  { store, claim }: { readonly store: ReplayStore; readonly claim: ReplayClaim },
  { trace, now }: Pick<Attempt, 'trace' | 'now'>,
  { check, replayed, fenced }: ClaimTerms,
): MaybePromise<Rejected | undefined> {
  return map(store.claim(claim, now), (outcome) => {
    trace?.check(check, outcome === 'claimed', 'claimed', outcome)
    if (outcome === 'claimed') return undefined
    if (outcome === 'replayed') return replayed
    const retryAfterSeconds = claim.toleranceSeconds + 1
    return rejected('request.replay-fenced', { ...fenced, retryAfterSeconds })
  })
}
