import type { LimitPolicy, LimitState } from './limits.ts'

/**
 * What one subject has spent of one limit. All arithmetic is in integers (units × milliseconds), so
 * that a refund undoes a charge exactly and nothing drifts; a clock that steps back stands still.
 */
export interface Counter {
  /** Lets time pass. Call it before anything else. */
  advance(policy: LimitPolicy, nowMs: number): void
  /** Reports whether `cost` could be spent now. */
  fits(policy: LimitPolicy, cost: number): boolean
  /** Spends units; a negative cost gives them back. */
  charge(policy: LimitPolicy, cost: number): void
  /** Where the counter stands, and how long `cost` would have to wait. */
  state(policy: LimitPolicy, cost: number): LimitState
  /** Spent share of the limit; 0 when it is whole and may be forgotten. */
  spent(policy: LimitPolicy): number
  /** What a store outside this process keeps of it. */
  save(): SavedCounter
}

/**
 * A counter as stores keep it: three integers, whatever the algorithm. `atMs` dates the others: the
 * start of the window (`sliding-window`, `calendar`), or the time of the backlog (`gcra`). After
 * `atMs` plus two windows it says nothing any more.
 */
export interface SavedCounter {
  readonly atMs: number
  /** Units of the window; units × milliseconds for `gcra`. */
  readonly current: number
  /** Units of the window before; `sliding-window` only. */
  readonly previous: number
}

/** What nothing was spent of. */
export const UNSPENT: SavedCounter = Object.freeze({ atMs: 0, current: 0, previous: 0 })

/** The window of a policy. */
export const windowMsOf = (policy: LimitPolicy): number => policy.windowSeconds * 1000

/** Waits are told in whole seconds, never too short. */
export const toWholeSeconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000)
