import type { MaybePromise } from './maybe.ts'

/** How much is allowed, and how it is counted. */
export interface LimitPolicy {
  /** Names the limit in headers, logs and metrics: `per-key`. */
  readonly name: string
  /**
   * `sliding-window` keeps an "N per window" contract; `gcra` keeps a sustained rate of
   * N per window with an explicit burst; `calendar` is a quota of the UTC day or month.
   */
  readonly algorithm: 'sliding-window' | 'gcra' | 'calendar'
  /** Requests (or cost units) per window; at least 1. */
  readonly limit: number
  /** For `calendar`: 86 400 means the day, 2 592 000 the month, however long it is. */
  readonly windowSeconds: number
  /** GCRA only: requests that may come at once; 1 to `limit`. */
  readonly burst?: number
  /**
   * `strict`: every request is counted where all nodes count. `local`: each node takes a twentieth
   * of the limit at a time and counts that down by itself, which costs a twentieth of the round
   * trips; up to nodes × limit / 20 more pass in a window. Stores of one process are always strict.
   *
   * @defaultValue `strict`
   */
  readonly consistency?: 'strict' | 'local'
  /**
   * When the store cannot be reached: `closed` answers 503, `local` counts in each process alone
   * (nodes × limit may pass), `open` lets everything pass. What was done is in the trace.
   *
   * @defaultValue `closed`
   */
  readonly onStoreFailure?: 'closed' | 'local' | 'open'
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
  /** Set where the store could not be reached and limits were told to do without. */
  readonly degraded?: 'local' | 'open'
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
