import {
  toWholeSeconds,
  UNSPENT,
  windowMsOf,
  type Counter,
  type SavedCounter,
} from './limit-counter.ts'
import type { LimitPolicy, LimitState } from './limits.ts'

/**
 * GCRA (ITU-T I.371) as a leaky bucket: each unit adds one emission interval to a backlog that
 * drains with time, and may not rise above `burst`. Multiplied by the limit, everything is whole.
 */
export class GcraCounter implements Counter {
  #atMs: number
  /** Units × milliseconds of window still to drain. */
  #backlog: number

  constructor({ atMs, current }: SavedCounter = UNSPENT) {
    this.#atMs = atMs
    this.#backlog = current
  }

  save(): SavedCounter {
    return { atMs: this.#atMs, current: this.#backlog, previous: 0 }
  }

  advance(policy: LimitPolicy, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#backlog = Math.max(0, this.#backlog - elapsedMs * policy.limit)
    this.#atMs += elapsedMs
  }

  fits(policy: LimitPolicy, cost: number): boolean {
    return this.#backlog + cost * windowMsOf(policy) <= burstOf(policy) * windowMsOf(policy)
  }

  charge(policy: LimitPolicy, cost: number): void {
    this.#backlog = Math.max(0, this.#backlog + cost * windowMsOf(policy))
  }

  spent(policy: LimitPolicy): number {
    return this.#backlog / (burstOf(policy) * windowMsOf(policy))
  }

  state(policy: LimitPolicy, cost: number): LimitState {
    const windowMs = windowMsOf(policy)
    const excess = this.#backlog + cost * windowMs - burstOf(policy) * windowMs
    // More than the burst never passes; a whole window is the most that can honestly be named.
    const waitMs = cost > burstOf(policy) ? windowMs : Math.ceil(excess / policy.limit)
    return {
      policy,
      remaining: Math.max(0, Math.floor(burstOf(policy) - this.#backlog / windowMs)),
      resetSeconds: toWholeSeconds(this.#backlog / policy.limit),
      retryAfterSeconds: excess <= 0 ? 0 : toWholeSeconds(waitMs),
    }
  }
}

/** A policy that nobody validated gets the strictest burst. */
const burstOf = (policy: LimitPolicy): number => policy.burst ?? 1
