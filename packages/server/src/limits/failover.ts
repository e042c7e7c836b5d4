import {
  memoryLimits,
  UnavailableError,
  type LimitDemand,
  type LimitOutcome,
  type LimitPolicy,
  type LimitStore,
} from 'countersign'

/** What a limit does without its store. */
export type FailureMode = NonNullable<LimitPolicy['onStoreFailure']>

/** How a store that cannot be reached is told of. */
export interface FailoverOptions {
  /** Hears of every decision that was made without the store. It must not throw. */
  readonly onFailure: (mode: FailureMode) => void
  /** Counts meanwhile, for limits that say `local`. @defaultValue this process's memory */
  readonly meanwhile?: LimitStore
}

/**
 * Limits that do what each of them declared (`onStoreFailure`) when the store cannot be reached. Of
 * several limits of a request, one that is `closed` closes it. Nothing is written back afterwards: what
 * was counted meanwhile is this process's.
 *
 * @throws `UnavailableError` for limits that are `closed`.
 */
export function withFailover(
  store: LimitStore,
  { onFailure, meanwhile = memoryLimits() }: FailoverOptions,
): LimitStore {
  const attempt = async (
    verb: 'take' | 'peek',
    demands: readonly LimitDemand[],
    nowMs: number,
  ): Promise<LimitOutcome> => {
    try {
      return await store[verb](demands, nowMs)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      const mode = strictestOf(demands)
      onFailure(mode)
      if (mode === 'closed') throw error
      const counted = demands.filter(({ policy }) => policy.onStoreFailure === 'local')
      return merge(demands, mode, await meanwhile[verb](counted, nowMs))
    }
  }
  return {
    take: (demands, nowMs) => attempt('take', demands, nowMs),
    peek: (demands, nowMs) => attempt('peek', demands, nowMs),
  }
}

function strictestOf(demands: readonly LimitDemand[]): FailureMode {
  const modes = demands.map(({ policy }) => policy.onStoreFailure ?? 'closed')
  if (modes.includes('closed')) return 'closed'
  return modes.includes('local') ? 'local' : 'open'
}

/** States in the order of the demands; those that let everything pass look whole. */
function merge(
  demands: readonly LimitDemand[],
  degraded: 'local' | 'open',
  { allowed, states }: LimitOutcome,
): LimitOutcome {
  const counted = states[Symbol.iterator]()
  const all = demands.map(({ policy }) => {
    const whole = { policy, remaining: policy.limit, resetSeconds: 0, retryAfterSeconds: 0 }
    return policy.onStoreFailure === 'local' ? (counted.next().value ?? whole) : whole
  })
  return { allowed, states: all, degraded }
}
