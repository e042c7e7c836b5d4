import {
  toWholeSeconds,
  UNSPENT,
  windowMsOf,
  type Counter,
  type SavedCounter,
} from './limit-counter.ts'
import type { LimitPolicy, LimitState } from './limits.ts'

/**
 * Sliding-window counter: the last calendar window counts in proportion to what of it still lies
 * in the sliding one, as if it had been spent evenly. Three numbers, and close to "N per window":
 * bursts on both sides of a border pass 1.03 times the limit, not the 2.00 of a fixed window. Who
 * aims at the assumption (everything just before a border, then as much as passes) stays below
 * twice the limit; where that matters, GCRA never passes more than `limit + burst`.
 */
export class SlidingWindowCounter implements Counter {
  #startMs: number
  #nowMs: number
  #current: number
  #previous: number

  constructor({ atMs, current, previous }: SavedCounter = UNSPENT) {
    this.#startMs = atMs
    this.#nowMs = atMs
    this.#current = current
    this.#previous = previous
  }

  save(): SavedCounter {
    return { atMs: this.#startMs, current: this.#current, previous: this.#previous }
  }

  advance(policy: LimitPolicy, nowMs: number): void {
    const windowMs = windowMsOf(policy)
    this.#nowMs = Math.max(nowMs, this.#nowMs)
    const windows = Math.floor((this.#nowMs - this.#startMs) / windowMs)
    if (windows === 0) return
    this.#previous = windows === 1 ? this.#current : 0
    this.#current = 0
    this.#startMs = this.#nowMs - (this.#nowMs % windowMs)
  }

  fits(policy: LimitPolicy, cost: number): boolean {
    const windowMs = windowMsOf(policy)
    return this.#used(windowMs) + cost * windowMs <= policy.limit * windowMs
  }

  charge(_policy: LimitPolicy, cost: number): void {
    this.#current += cost
  }

  spent(policy: LimitPolicy): number {
    const windowMs = windowMsOf(policy)
    return this.#used(windowMs) / (policy.limit * windowMs)
  }

  state(policy: LimitPolicy, cost: number): LimitState {
    const windowMs = windowMsOf(policy)
    const left = windowMs - this.#elapsedMs()
    const resetMs = this.#current > 0 ? left + windowMs : this.#previous > 0 ? left : 0
    return {
      policy,
      remaining: Math.max(0, Math.floor(policy.limit - this.#used(windowMs) / windowMs)),
      resetSeconds: toWholeSeconds(resetMs),
      retryAfterSeconds: this.fits(policy, cost) ? 0 : toWholeSeconds(this.#waitMs(policy, cost)),
    }
  }

  #elapsedMs(): number {
    return this.#nowMs - this.#startMs
  }

  /** Units × milliseconds in the sliding window. */
  #used(windowMs: number): number {
    return this.#previous * (windowMs - this.#elapsedMs()) + this.#current * windowMs
  }

  #waitMs({ limit, windowSeconds }: LimitPolicy, cost: number): number {
    const windowMs = windowSeconds * 1000
    // More than the limit never passes; a whole window is the most that can honestly be named.
    if (cost > limit) return windowMs
    const free = limit - cost
    // The offset into a window at which `units` of the window before it weigh little enough.
    const offset = (units: number, room: number): number =>
      Math.max(0, Math.ceil(windowMs - (room * windowMs) / units))
    if (this.#current <= free)
      return offset(this.#previous, free - this.#current) - this.#elapsedMs()
    return windowMs - this.#elapsedMs() + offset(this.#current, free)
  }
}
