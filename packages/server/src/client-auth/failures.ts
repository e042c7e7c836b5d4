import {
  addressPrefix,
  type LimitDemand,
  type LimitOutcome,
  type LimitPolicy,
  type LimitStore,
  type MaybePromise,
} from 'countersign'
import { secondsToWait } from '../limits/seconds-to-wait.ts'

/** Limits on failed client authentication (SR-030). */
export interface ClientFailureLimits {
  /**
   * Per client *and* address prefix: a stranger who knows a client id cannot lock the client out.
   * @defaultValue 10 a minute
   */
  readonly perClient: LimitPolicy
  /** Per address prefix (/64 for IPv6), over all clients. @defaultValue 100 a minute */
  readonly perAddress: LimitPolicy
}

/** Counts failed client authentications. Successes cost nothing. */
export interface ClientFailures {
  /** Seconds to wait before the next try, or 0. */
  blockedFor(subject: FailureSubject, nowMs: number): MaybePromise<number>
  count(subject: FailureSubject, nowMs: number): MaybePromise<LimitOutcome>
}

/** Who failed. Both are attacker-controlled; the store bounds its memory. */
export interface FailureSubject {
  readonly tenant: string
  readonly clientId: string
  readonly address: string | undefined
}

const perMinute = (name: string, limit: number): LimitPolicy => ({
  name,
  algorithm: 'sliding-window',
  limit,
  windowSeconds: 60,
  onStoreFailure: 'local',
})

const DEFAULT_LIMITS: ClientFailureLimits = {
  perClient: perMinute('client-failures', 10),
  perAddress: perMinute('client-address-failures', 100),
}

/** A key in the limit store is not a place to put a megabyte. Ids of ours are shorter, URLs rarely longer. */
const MAX_CLIENT_ID_LENGTH = 256

/**
 * How long a client that had failed nowhere from an address is not asked about again. A failure at
 * another process counts here this much later; one of this process at once. Without it every token
 * would cost a read of the store, which may be on another machine.
 */
const CLEAN_MS = 1000
/** About 150 bytes each; beyond it, all are asked about again. */
const MAX_CLEAN = 10_000

/** Makes the failure counters of an authority. */
export function clientFailures(
  store: LimitStore,
  limits: ClientFailureLimits = DEFAULT_LIMITS,
): ClientFailures {
  const demandsOf = (subject: FailureSubject): readonly LimitDemand[] => [
    { policy: limits.perClient, key: pairOf(subject), cost: 1 },
    {
      policy: limits.perAddress,
      key: `client-address:${addressPrefix(subject.address)}`,
      cost: 1,
    },
  ]
  const cleanUntil = new Map<string, number>()
  const judge = (pair: string, outcome: LimitOutcome, nowMs: number): number => {
    if (cleanUntil.size >= MAX_CLEAN) cleanUntil.clear()
    if (hasNoFailures(outcome)) cleanUntil.set(pair, nowMs + CLEAN_MS)
    return secondsToWait(outcome)
  }
  return {
    blockedFor(subject, nowMs) {
      const pair = pairOf(subject)
      if ((cleanUntil.get(pair) ?? 0) > nowMs) return 0
      const outcome = store.peek(demandsOf(subject), nowMs)
      return map(outcome, (known) => judge(pair, known, nowMs))
    },
    count(subject, nowMs) {
      cleanUntil.delete(pairOf(subject))
      return store.take(demandsOf(subject), nowMs)
    },
  }
}

function pairOf({ tenant, clientId, address }: FailureSubject): string {
  return `client:${tenant}/${clientId.slice(0, MAX_CLIENT_ID_LENGTH)}@${addressPrefix(address)}`
}

const hasNoFailures = ({ states }: LimitOutcome): boolean =>
  states.every(({ policy, remaining }) => remaining === policy.limit)

const map = <T, R>(value: MaybePromise<T>, next: (value: T) => R): MaybePromise<R> =>
  value instanceof Promise ? value.then(next) : next(value)
