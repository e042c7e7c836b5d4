import {
  addressPrefix,
  type LimitDemand,
  type LimitOutcome,
  type LimitPolicy,
  type LimitStore,
  type MaybePromise,
} from 'countersign'
import { secondsToWait } from '../limits/seconds-to-wait.ts'

/** Who tries to sign in. All of it is attacker-controlled; the store bounds its memory. */
export interface SignInAttempt {
  readonly tenant: string
  readonly username: string
  readonly address: string | undefined
}

/** Limits on what strangers can make the pages do. Successes cost nothing. */
export interface SignInFailures {
  /** Seconds to wait before the next try, or 0. */
  blockedFor(attempt: SignInAttempt, nowMs: number): Promise<number>
  count(attempt: SignInAttempt, nowMs: number): Promise<void>
  /** Counts a request that would keep a row; seconds to wait where there were too many, or 0. */
  beganFrom(address: string | undefined, nowMs: number): Promise<number>
}

const perMinute = (name: string, limit: number): LimitPolicy => ({
  name,
  algorithm: 'sliding-window',
  limit,
  windowSeconds: 60,
  onStoreFailure: 'local',
})

/** Per account *and* address prefix: a stranger who knows a user name locks nobody out. */
const PER_ACCOUNT = perMinute('sign-in-failures', 10)
/** Per address prefix (/64 for IPv6), over all accounts. */
const PER_ADDRESS = perMinute('sign-in-address-failures', 100)
/** Pages that were begun and not finished: each is a row for a day. An office has one address. */
const BEGUN = perMinute('interactions-begun', 600)

/** The longest user name there is. */
const MAX_USERNAME = 128

function demandsOf({ tenant, username, address }: SignInAttempt): readonly LimitDemand[] {
  const prefix = addressPrefix(address)
  const account = username.normalize('NFC').slice(0, MAX_USERNAME)
  return [
    { policy: PER_ACCOUNT, key: `sign-in:${tenant}/${prefix}/${account}`, cost: 1 },
    { policy: PER_ADDRESS, key: `sign-in-address:${prefix}`, cost: 1 },
  ]
}

/** Makes the counters of the sign-in page. */
export function signInFailures(store: LimitStore): SignInFailures {
  return {
    blockedFor: (attempt, nowMs) => wait(store.peek(demandsOf(attempt), nowMs)),
    async count(attempt, nowMs) {
      await store.take(demandsOf(attempt), nowMs)
    },
    beganFrom(address, nowMs) {
      const key = `interactions:${addressPrefix(address)}`
      return wait(store.take([{ policy: BEGUN, key, cost: 1 }], nowMs))
    },
  }
}

const wait = async (outcome: MaybePromise<LimitOutcome>): Promise<number> =>
  secondsToWait(await outcome)
