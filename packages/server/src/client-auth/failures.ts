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

/** Makes the failure counters of an authority. */
export function clientFailures(
  store: LimitStore,
  limits: ClientFailureLimits = DEFAULT_LIMITS,
): ClientFailures {
  const demandsOf = ({ tenant, clientId, address }: FailureSubject): readonly LimitDemand[] => {
    const prefix = addressPrefix(address)
    const client = clientId.slice(0, MAX_CLIENT_ID_LENGTH)
    return [
      { policy: limits.perClient, key: `client:${tenant}/${client}@${prefix}`, cost: 1 },
      { policy: limits.perAddress, key: `client-address:${prefix}`, cost: 1 },
    ]
  }
  return {
    blockedFor(subject, nowMs) {
      const outcome = store.peek(demandsOf(subject), nowMs)
      return outcome instanceof Promise ? outcome.then(secondsToWait) : secondsToWait(outcome)
    },
    count: (subject, nowMs) => store.take(demandsOf(subject), nowMs),
  }
}
