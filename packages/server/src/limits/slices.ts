import {
  counterName,
  type LimitDemand,
  type LimitOutcome,
  type LimitState,
  type LimitStore,
} from 'countersign'

/** Slices of a limit. A node holds one at most, so that nodes × a slice is all that may pass too much. */
const SLICES = 20
/** Slices held at once, about 200 bytes each; beyond it, requests are counted strictly. */
const MAX_HELD = 100_000

/** Units that were charged where all nodes count, and not yet spent here. */
interface Slice {
  left: number
  readonly expiresAtMs: number
  readonly state: LimitState
}

/** One demand on its way: from a slice of ours, or asked for. */
interface Part {
  readonly demand: LimitDemand
  readonly name: string
  readonly slice: Slice | undefined
}

/** Units that are asked for at a time. */
export const sliceOf = ({ policy, cost }: LimitDemand): number =>
  Math.max(cost, Math.ceil(policy.limit / SLICES))

/**
 * Spends limits that say `consistency: 'local'` in slices: one in twenty requests asks the store. What
 * a node has not spent when the window passes is spent later or never, so in any window at most one
 * slice a node passes beyond the limit. Where a whole slice is not left, the store counts exactly.
 */
export class SlicedLimits implements LimitStore {
  readonly #store: LimitStore
  readonly #held = new Map<string, Slice>()
  /** Names that are being asked for: others wait, rather than ask for a slice each. */
  readonly #asking = new Map<string, Promise<unknown>>()

  constructor(store: LimitStore) {
    this.#store = store
  }

  /** Where limits stand, of slices and store together. */
  async peek(demands: readonly LimitDemand[], nowMs: number): Promise<LimitOutcome> {
    const parts = this.#partsOf(demands, nowMs)
    this.#giveBack(parts)
    return this.#ask(parts, nowMs, { verb: 'peek', costOf: ({ cost }) => cost })
  }

  /** Charges all or none. */
  async take(demands: readonly LimitDemand[], nowMs: number): Promise<LimitOutcome> {
    if (!demands.some(isLocal)) return this.#store.take(demands, nowMs)
    for (;;) {
      const waits = this.#waitsOf(demands, nowMs)
      if (waits.length === 0) break
      // oxlint-disable-next-line no-await-in-loop -- somebody may have taken all of it meanwhile
      await Promise.allSettled(waits)
    }
    const parts = this.#partsOf(demands, nowMs)
    const names = parts.flatMap(({ demand, name, slice }) =>
      slice === undefined && isLocal(demand) ? [name] : [],
    )
    const answer = this.#settle(parts, nowMs).finally(() => {
      for (const name of names) this.#asking.delete(name)
    })
    for (const name of names) this.#asking.set(name, answer)
    return answer
  }

  async #settle(parts: readonly Part[], nowMs: number): Promise<LimitOutcome> {
    try {
      const costOf = (demand: LimitDemand): number =>
        isLocal(demand) && this.#held.size < MAX_HELD ? sliceOf(demand) : demand.cost
      let outcome = await this.#ask(parts, nowMs, { verb: 'take', costOf })
      if (outcome.allowed) this.#hold(parts, outcome, { nowMs, costOf })
      else {
        outcome = await this.#ask(parts, nowMs, { verb: 'take', costOf: ({ cost }) => cost })
        if (!outcome.allowed) this.#giveBack(parts)
      }
      return outcome
    } catch (error) {
      this.#giveBack(parts)
      throw error
    }
  }

  #waitsOf(demands: readonly LimitDemand[], nowMs: number): readonly Promise<unknown>[] {
    return demands.filter(isLocal).flatMap((demand) => {
      const name = counterName(demand)
      const asking = this.#asking.get(name)
      const isHeld = (this.#usable(name, nowMs)?.left ?? 0) >= demand.cost
      return asking === undefined || isHeld ? [] : [asking]
    })
  }

  /** Takes what slices have, at once: nobody else spends it while we ask for the rest. */
  #partsOf(demands: readonly LimitDemand[], nowMs: number): readonly Part[] {
    return demands.map((demand) => {
      const name = counterName(demand)
      const slice = isLocal(demand) ? this.#usable(name, nowMs) : undefined
      if (slice === undefined || slice.left < demand.cost) return { demand, name, slice: undefined }
      slice.left -= demand.cost
      return { demand, name, slice }
    })
  }

  #usable(name: string, nowMs: number): Slice | undefined {
    const slice = this.#held.get(name)
    if (slice === undefined || slice.expiresAtMs > nowMs) return slice
    this.#held.delete(name)
    return undefined
  }

  #giveBack(parts: readonly Part[]): void {
    for (const { demand, slice } of parts) if (slice !== undefined) slice.left += demand.cost
  }

  async #ask(
    parts: readonly Part[],
    nowMs: number,
    how: { readonly verb: 'take' | 'peek'; readonly costOf: (demand: LimitDemand) => number },
  ): Promise<LimitOutcome> {
    const asked = parts.filter(({ slice }) => slice === undefined)
    const demands = asked.map(({ demand }) => ({ ...demand, cost: how.costOf(demand) }))
    const outcome: LimitOutcome =
      demands.length === 0
        ? { allowed: true, states: [] }
        : await this.#store[how.verb](demands, nowMs)
    const answered = outcome.states[Symbol.iterator]()
    const states = parts.flatMap(({ slice }) => {
      if (slice !== undefined) return [stateOf(slice)]
      const { value } = answered.next()
      return value === undefined ? [] : [value]
    })
    return { ...outcome, states }
  }

  #hold(
    parts: readonly Part[],
    { states, degraded }: LimitOutcome,
    { nowMs, costOf }: { readonly nowMs: number; readonly costOf: (demand: LimitDemand) => number },
  ): void {
    // Charged nowhere that others count: nothing to hold on to.
    if (degraded !== undefined) return
    for (const [index, { demand, name, slice }] of parts.entries()) {
      const state = states[index]
      if (slice !== undefined || !isLocal(demand) || state === undefined) continue
      const left = costOf(demand) - demand.cost + (this.#held.get(name)?.left ?? 0)
      const expiresAtMs = nowMs + demand.policy.windowSeconds * 1000
      if (left > 0) this.#held.set(name, { left, expiresAtMs, state })
      if (this.#held.size >= MAX_HELD) this.#forget(nowMs)
    }
  }

  /** What is over is forgotten, in the order it was held. */
  #forget(nowMs: number): void {
    for (const [name, { expiresAtMs, left }] of this.#held) {
      if (expiresAtMs <= nowMs || left === 0) this.#held.delete(name)
    }
  }
}

const isLocal = ({ policy }: LimitDemand): boolean => policy.consistency === 'local'

const stateOf = ({ state, left }: Slice): LimitState => ({
  ...state,
  remaining: state.remaining + left,
  retryAfterSeconds: 0,
})
