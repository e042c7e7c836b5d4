import { assertConfig } from './errors.ts'
import {
  assertCost,
  chargeAll,
  counterName,
  openCounter,
  type Seat as ChargedSeat,
} from './limit-charge.ts'
import type { Counter } from './limit-counter.ts'
import type { LimitDemand, LimitPolicy, LimitStore } from './limits.ts'

/** How much a store in memory may hold. */
export interface MemoryLimitsOptions {
  /** Counters held, about 200 bytes each. @defaultValue 100 000 */
  readonly maxKeys?: number
}

/** A counter with the policy that reads it. */
interface Slot {
  readonly name: string
  readonly policy: LimitPolicy
  readonly counter: Counter
}

/** A counter and what one demand wants of it. */
interface Seat extends Slot, ChargedSeat {}

/** Counters looked at when room is needed. */
const EVICTION_SAMPLE = 16

/**
 * Counts limits in this process: exact for one process, and only for one.
 *
 * Memory is bounded by `maxKeys`. When it is full, room is made from the counters that have waited
 * longest: one that is whole again leaves (forgetting it changes nothing), else the one with the
 * least spent. So a flood of fresh keys pushes out its own counters, which hold one unit each, and
 * a counter that is close to its limit stays: nobody's counter is reset cheaply, and nobody new is
 * refused because others filled the table.
 */
export function memoryLimits({ maxKeys = 100_000 }: MemoryLimitsOptions = {}): LimitStore {
  assertConfig(
    Number.isInteger(maxKeys) && maxKeys >= EVICTION_SAMPLE,
    'CS_CONFIG_LIMIT_KEYS',
    `memoryLimits: maxKeys is an integer of at least ${EVICTION_SAMPLE}`,
  )
  const table = new Table(maxKeys)
  return Object.freeze({
    take(demands: readonly LimitDemand[], nowMs: number) {
      const seats = table.open(demands, nowMs)
      const outcome = chargeAll(seats, true)
      if (outcome.allowed) table.keep(seats, nowMs)
      return outcome
    },
    peek: (demands: readonly LimitDemand[], nowMs: number) =>
      chargeAll(table.open(demands, nowMs), false),
  })
}

/** The counters of a store, bounded. Looking at one that does not exist leaves no trace. */
class Table {
  readonly #slots = new Map<string, Slot>()
  readonly #maxKeys: number

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  /** A counter for each demand, up to date; two demands on one counter get the same. */
  open(demands: readonly LimitDemand[], nowMs: number): Seat[] {
    const opened: Seat[] = []
    for (const demand of demands) {
      const { policy, cost } = demand
      assertCost(cost)
      const name = counterName(demand)
      const known = this.#slots.get(name) ?? opened.find((slot) => slot.name === name)
      const counter = known?.counter ?? openCounter(policy)
      counter.advance(policy, nowMs)
      opened.push({ name, policy, counter, cost })
    }
    return opened
  }

  /** Holds on to counters that were charged. */
  keep(seats: readonly Seat[], nowMs: number): void {
    for (const { name, policy, counter } of seats) {
      if (this.#slots.has(name)) continue
      if (this.#slots.size >= this.#maxKeys) this.#makeRoom(nowMs)
      this.#slots.set(name, { name, policy, counter })
    }
  }

  #makeRoom(nowMs: number): void {
    let lightest: Slot | undefined
    let least = Number.POSITIVE_INFINITY
    for (const slot of firstOf(this.#slots.values(), EVICTION_SAMPLE)) {
      slot.counter.advance(slot.policy, nowMs)
      const spent = slot.counter.spent(slot.policy)
      // To the back, so that the next sample is another one.
      this.#slots.delete(slot.name)
      this.#slots.set(slot.name, slot)
      if (spent < least) [lightest, least] = [slot, spent]
    }
    if (lightest !== undefined) this.#slots.delete(lightest.name)
  }
}

/** The next `count` values, taken before the map they come from is changed. */
function firstOf<T>(values: Iterator<T>, count: number): T[] {
  const taken: T[] = []
  for (let step = values.next(); step.done !== true; step = values.next()) {
    taken.push(step.value)
    if (taken.length === count) break
  }
  return taken
}
