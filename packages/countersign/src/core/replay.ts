import type { MaybePromise } from './maybe.ts'

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
