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
}

const toMs = (policy: LimitPolicy): number => policy.windowSeconds * 1000
const toWholeSeconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000)

/**
 * Sliding-window counter: the last calendar window counts in proportion to what of it still lies
 * in the sliding one, as if it had been spent evenly. Three numbers, and close to "N per window":
 * bursts on both sides of a border pass 1.03 times the limit, not the 2.00 of a fixed window. Who
 * aims at the assumption (everything just before a border, then as much as passes) stays below
 * twice the limit; where that matters, GCRA never passes more than `limit + burst`.
 */
export class SlidingWindowCounter implements Counter {
  #startMs = 0
  #nowMs = 0
  #current = 0
  #previous = 0

  advance(policy: LimitPolicy, nowMs: number): void {
    const windowMs = toMs(policy)
    this.#nowMs = Math.max(nowMs, this.#nowMs)
    const windows = Math.floor((this.#nowMs - this.#startMs) / windowMs)
    if (windows === 0) return
    this.#previous = windows === 1 ? this.#current : 0
    this.#current = 0
    this.#startMs = this.#nowMs - (this.#nowMs % windowMs)
  }

  fits(policy: LimitPolicy, cost: number): boolean {
    const windowMs = toMs(policy)
    return this.#used(windowMs) + cost * windowMs <= policy.limit * windowMs
  }

  charge(_policy: LimitPolicy, cost: number): void {
    this.#current += cost
  }

  spent(policy: LimitPolicy): number {
    const windowMs = toMs(policy)
    return this.#used(windowMs) / (policy.limit * windowMs)
  }

  state(policy: LimitPolicy, cost: number): LimitState {
    const windowMs = toMs(policy)
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

/**
 * GCRA (ITU-T I.371) as a leaky bucket: each unit adds one emission interval to a backlog that
 * drains with time, and may not rise above `burst`. Multiplied by the limit, everything is whole.
 */
export class GcraCounter implements Counter {
  #atMs = 0
  /** Units × milliseconds of window still to drain. */
  #backlog = 0

  advance(policy: LimitPolicy, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#backlog = Math.max(0, this.#backlog - elapsedMs * policy.limit)
    this.#atMs += elapsedMs
  }

  fits(policy: LimitPolicy, cost: number): boolean {
    return this.#backlog + cost * toMs(policy) <= burstOf(policy) * toMs(policy)
  }

  charge(policy: LimitPolicy, cost: number): void {
    this.#backlog = Math.max(0, this.#backlog + cost * toMs(policy))
  }

  spent(policy: LimitPolicy): number {
    return this.#backlog / (burstOf(policy) * toMs(policy))
  }

  state(policy: LimitPolicy, cost: number): LimitState {
    const windowMs = toMs(policy)
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
