import type { ClaimOutcome } from 'countersign'

/** One use of something that may be used once, as the store knows it. */
export interface ReplayUse {
  /** A digest of whose it is and which: never what the caller wrote. */
  readonly id: string
  /** Seconds since the epoch: refused unless the fence stands before this. */
  readonly signedAfter: number
  /** Seconds since the epoch, an integer: it may be forgotten after. */
  readonly expiresAt: number
}

/** Single uses: nonces, proofs, signatures. */
export interface ReplayUseStore {
  /** Claims a use, durably before it answers. Of many at once, in any process, one wins. */
  claim(use: ReplayUse): Promise<ClaimOutcome>
  /** Refuses whatever was signed up to `at` from now on; a fence never falls. */
  raiseFence(at: number): Promise<void>
  /** Deletes at most `limit` expired uses; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}
