import type { MaybePromise } from './maybe.ts'

/** How much is allowed, and how it is counted. */
export interface LimitPolicy {
  /** Names the limit in headers, logs and metrics: `per-key`. */
  readonly name: string
  /**
   * `sliding-window` keeps an "N per window" contract; `gcra` keeps a sustained rate of
   * N per window with an explicit burst.
   */
  readonly algorithm: 'sliding-window' | 'gcra'
  /** Requests (or cost units) per window; at least 1. */
  readonly limit: number
  readonly windowSeconds: number
  /** GCRA only: requests that may come at once; 1 to `limit`. */
  readonly burst?: number
}

/** One limit applied to one subject. */
export interface LimitDemand {
  readonly policy: LimitPolicy
  /** Whom it counts: `key:ak_123`, `address:203.0.113.0/24`. */
  readonly key: string
  /** Units that this request costs. */
  readonly cost: number
}

/** Where one limit stands after a decision. */
export interface LimitState {
  readonly policy: LimitPolicy
  /** Units that could be spent right now. */
  readonly remaining: number
  /** Seconds until the limit is whole again. */
  readonly resetSeconds: number
  /** Seconds until the refused cost would pass; 0 when it passed. */
  readonly retryAfterSeconds: number
}

/** The answer for several limits at once. */
export interface LimitOutcome {
  readonly allowed: boolean
  /** In the order of the demands. */
  readonly states: readonly LimitState[]
}

/**
 * Counts. Several demands are one atomic step: all are charged, or none is, and a refused request
 * costs nothing (SR-204).
 */
export interface LimitStore {
  /** @param nowMs - Milliseconds since the epoch, for stores without a clock of their own. */
  take(demands: readonly LimitDemand[], nowMs: number): MaybePromise<LimitOutcome>
  /** Where limits stand, without charging. */
  peek(demands: readonly LimitDemand[], nowMs: number): MaybePromise<LimitOutcome>
}
