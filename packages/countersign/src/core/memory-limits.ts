import { assertConfig } from './errors.ts'
import { GcraCounter, SlidingWindowCounter, type Counter } from './limit-counter.ts'
import type { LimitDemand, LimitOutcome, LimitPolicy, LimitStore } from './limits.ts'

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
    take: (demands: readonly LimitDemand[], nowMs: number) => settle(table, demands, nowMs, true),
    peek: (demands: readonly LimitDemand[], nowMs: number) => settle(table, demands, nowMs, false),
  })
}

/** Charges demand after demand, and gives everything back unless all fit and `keep` is set. */
function settle(
  table: Table,
  demands: readonly LimitDemand[],
  nowMs: number,
  keep: boolean,
): LimitOutcome {
  const slots = table.open(demands, nowMs)
  const fits = slots.map(({ policy, counter }, index) => {
    const cost = costOf(demands[index])
    const enough = counter.fits(policy, cost)
    if (enough) counter.charge(policy, cost)
    return enough
  })
  const allowed = !fits.includes(false)
  if (allowed && keep) table.keep(slots, nowMs)
  else {
    for (const [index, { policy, counter }] of slots.entries()) {
      if (fits[index] === true) counter.charge(policy, -costOf(demands[index]))
    }
  }
  const states = slots.map(({ policy, counter }, index) =>
    counter.state(policy, fits[index] === true ? 0 : costOf(demands[index])),
  )
  return { allowed, states }
}

/** A negative cost would be a gift, and NaN would compare its way past every limit. */
function costOf(demand: LimitDemand | undefined): number {
  const cost = demand?.cost ?? Number.NaN
  if (Number.isSafeInteger(cost) && cost >= 0) return cost
  throw new RangeError('limit demand: cost must be a non-negative integer')
}

/** The counters of a store, bounded. Looking at one that does not exist leaves no trace. */
class Table {
  readonly #slots = new Map<string, Slot>()
  readonly #maxKeys: number

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  /** A counter for each demand, up to date; two demands on one counter get the same. */
  open(demands: readonly LimitDemand[], nowMs: number): Slot[] {
    const opened: Slot[] = []
    for (const { policy, key } of demands) {
      const name = `${policy.algorithm}\0${policy.windowSeconds}\0${policy.name}\0${key}`
      const known = this.#slots.get(name) ?? opened.find((slot) => slot.name === name)
      const slot: Slot = { name, policy, counter: known?.counter ?? newCounter(policy) }
      slot.counter.advance(policy, nowMs)
      opened.push(slot)
    }
    return opened
  }

  /** Holds on to counters that were charged. */
  keep(slots: readonly Slot[], nowMs: number): void {
    for (const slot of slots) {
      if (this.#slots.has(slot.name)) continue
      if (this.#slots.size >= this.#maxKeys) this.#makeRoom(nowMs)
      this.#slots.set(slot.name, slot)
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
      if (spent > 0) this.#slots.set(slot.name, slot)
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

const newCounter = ({ algorithm }: LimitPolicy): Counter =>
  algorithm === 'gcra' ? new GcraCounter() : new SlidingWindowCounter()
