import { CalendarCounter } from './limit-calendar.ts'
import type { Counter, SavedCounter } from './limit-counter.ts'
import { GcraCounter } from './limit-gcra.ts'
import type { LimitDemand, LimitOutcome, LimitPolicy } from './limits.ts'
import { SlidingWindowCounter } from './limit-sliding.ts'

/** A counter and what one demand wants of it. */
export interface Seat {
  readonly policy: LimitPolicy
  /** Already advanced to now. Two demands on one counter share it. */
  readonly counter: Counter
  readonly cost: number
}

/** A counter of the policy's algorithm: a new one, or one that a store has kept. */
export function openCounter({ algorithm }: LimitPolicy, saved?: SavedCounter): Counter {
  if (algorithm === 'gcra') return new GcraCounter(saved)
  return algorithm === 'calendar' ? new CalendarCounter(saved) : new SlidingWindowCounter(saved)
}

/**
 * The name of a demand's counter, for stores. A limit that changes its size keeps its counters; one
 * that changes how it counts begins anew.
 */
export const counterName = ({ policy, key }: LimitDemand): string =>
  `${policy.algorithm}\0${policy.windowSeconds}\0${policy.name}\0${key}`

/** Charges one counter after the other, and gives everything back unless all fit and `keep` is set. */
export function chargeAll(seats: readonly Seat[], keep: boolean): LimitOutcome {
  const fits = seats.map(({ policy, counter, cost }) => {
    assertCost(cost)
    const enough = counter.fits(policy, cost)
    if (enough) counter.charge(policy, cost)
    return enough
  })
  const allowed = !fits.includes(false)
  if (!allowed || !keep) {
    for (const [index, { policy, counter, cost }] of seats.entries()) {
      if (fits[index] === true) counter.charge(policy, -cost)
    }
  }
  return { allowed, states: statesOf(seats, fits) }
}

/** Where the limits of demands stand after a decision, and what those that did not fit wait for. */
export const statesOf = (
  seats: readonly Seat[],
  fits: readonly boolean[],
): LimitOutcome['states'] =>
  seats.map(({ policy, counter, cost }, index) =>
    counter.state(policy, fits[index] === true ? 0 : cost),
  )

/**
 * A negative cost would be a gift, and NaN would compare its way past every limit.
 *
 * @throws `RangeError`: a bug of the caller.
 */
export function assertCost(cost: number): void {
  if (Number.isSafeInteger(cost) && cost >= 0) return
  throw new RangeError('limit demand: cost must be a non-negative integer')
}
