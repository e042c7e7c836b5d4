import {
  toWholeSeconds,
  UNSPENT,
  windowMsOf,
  type Counter,
  type SavedCounter,
} from './limit-counter.ts'
import type { LimitPolicy, LimitState } from './limits.ts'

const DAY_MS = 86_400_000

/**
 * A quota of the UTC day or month: whole again when the next one begins, for everybody at once. What
 * is sold by the month is counted so; both sides of midnight together pass twice the limit.
 */
export class CalendarCounter implements Counter {
  #startMs: number
  #nowMs: number
  #current: number

  constructor({ atMs, current }: SavedCounter = UNSPENT) {
    this.#startMs = atMs
    this.#nowMs = atMs
    this.#current = current
  }

  advance(policy: LimitPolicy, nowMs: number): void {
    this.#nowMs = Math.max(nowMs, this.#nowMs)
    const startMs = periodOf(policy, this.#nowMs).startMs
    if (startMs <= this.#startMs) return
    this.#startMs = startMs
    this.#current = 0
  }

  fits({ limit }: LimitPolicy, cost: number): boolean {
    return this.#current + cost <= limit
  }

  charge(_policy: LimitPolicy, cost: number): void {
    this.#current += cost
  }

  spent({ limit }: LimitPolicy): number {
    return this.#current / limit
  }

  state(policy: LimitPolicy, cost: number): LimitState {
    const leftMs = periodOf(policy, this.#nowMs).endMs - this.#nowMs
    return {
      policy,
      remaining: Math.max(0, policy.limit - this.#current),
      resetSeconds: this.#current > 0 ? toWholeSeconds(leftMs) : 0,
      retryAfterSeconds: this.fits(policy, cost) ? 0 : toWholeSeconds(leftMs),
    }
  }

  save(): SavedCounter {
    return { atMs: this.#startMs, current: this.#current, previous: 0 }
  }
}

/** The UTC day or month that a time lies in. */
function periodOf(
  policy: LimitPolicy,
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } {
  if (windowMsOf(policy) <= DAY_MS) {
    const startMs = nowMs - (nowMs % DAY_MS)
    return { startMs, endMs: startMs + DAY_MS }
  }
  const date = new Date(nowMs)
  const month = (offset: number): number =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset)
  return { startMs: month(0), endMs: month(1) }
}
