import { hash } from 'node:crypto'
import {
  assertCost,
  counterName,
  openCounter,
  statesOf,
  type LimitDemand,
  type LimitOutcome,
  type LimitPolicy,
  type SavedCounter,
} from 'countersign'

/** Demands and the counters they share, as stores outside this process are asked. */
export interface Seating {
  /** Digests of the names of the counters, each once: nothing that a caller wrote. */
  readonly ids: readonly string[]
  readonly seats: readonly SeatAt[]
}

/** A demand, and which of the counters is its own. */
export interface SeatAt {
  readonly slot: number
  readonly policy: LimitPolicy
  readonly cost: number
}

/** What a store answers: its time, which demands fit, and where the counters stand now. */
export interface Taken {
  readonly nowMs: number
  readonly fits: readonly boolean[]
  /** In the order of the ids. */
  readonly counters: readonly SavedCounter[]
}

/** @throws `RangeError` for a cost that is no count. */
export function seatDemands(demands: readonly LimitDemand[]): Seating {
  const ids: string[] = []
  const seats = demands.map((demand) => {
    const { policy, cost } = demand
    assertCost(cost)
    const id = hash('sha256', counterName(demand), 'base64url')
    const known = ids.indexOf(id)
    return { slot: known === -1 ? ids.push(id) - 1 : known, policy, cost }
  })
  return { ids, seats }
}

/** What the library would have answered, had it counted itself. */
export function outcomeOf(seats: readonly SeatAt[], taken: Taken): LimitOutcome {
  const { fits, counters, nowMs } = taken
  const seated = seats.map(({ slot, policy, cost }) => {
    const counter = openCounter(policy, counters[slot])
    counter.advance(policy, nowMs)
    return { policy, counter, cost }
  })
  return { allowed: !fits.includes(false), states: statesOf(seated, fits) }
}

/** GCRA without a burst has the strictest; the others have none. */
export const burstOf = ({ burst = 1 }: LimitPolicy): number => burst
