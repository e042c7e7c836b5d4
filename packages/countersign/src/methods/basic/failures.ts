import type { LimitDemand, LimitOutcome, LimitPolicy, LimitStore } from '../../core/limits.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'

/** What an attempt is worth: an answer, or how long the account has to wait. */
export type Limited<T> =
  | { readonly outcome: 'checked'; readonly answer: T }
  | { readonly outcome: 'blocked'; readonly retryAfterSeconds: number }

/** One check of one password. */
export interface Check<T> {
  run(): MaybePromise<T>
  failed(answer: T): boolean
}

/**
 * Counts failures per account (SR-205), and blocks the account's *new* checks when there were too
 * many. A password that was proven lately is not checked again, so that whoever hammers an account
 * does not lock its owner out at once.
 *
 * Guesses under way count as failures until they are answered: a thousand at once are not a
 * thousand free ones.
 */
export class FailureLimiter {
  readonly #policy: LimitPolicy
  readonly #store: LimitStore
  /** Accounts with checks under way, and how many. Bounded by the requests under way. */
  readonly #pending = new Map<string, number>()

  constructor(policy: LimitPolicy, store: LimitStore) {
    this.#policy = policy
    this.#store = store
  }

  /**
   * Runs a check unless the account is blocked, and counts it when it failed.
   *
   * @param account - A digest of the user name: names of accounts need not lie in a store.
   */
  attempt<T>(account: string, nowMs: number, check: Check<T>): MaybePromise<Limited<T>> {
    const { leave, seats } = this.#enter(account)
    try {
      const done = map(this.#store.peek([this.#demand(account, seats)], nowMs), (outcome) =>
        outcome.allowed ? this.#check(account, nowMs, check) : blocked(outcome),
      )
      if (done instanceof Promise) return done.finally(leave)
      leave()
      return done
    } catch (error) {
      leave()
      throw error
    }
  }

  #check<T>(account: string, nowMs: number, check: Check<T>): MaybePromise<Limited<T>> {
    return map(check.run(), (answer): MaybePromise<Limited<T>> => {
      const settled: Limited<T> = { outcome: 'checked', answer }
      if (!check.failed(answer)) return settled
      return map(this.#store.take([this.#demand(account, 1)], nowMs), () => settled)
    })
  }

  #demand(account: string, cost: number): LimitDemand {
    return { policy: this.#policy, key: `account:${account}`, cost }
  }

  /** Before the store is asked: it may answer late, and the next guess is already here. */
  #enter(account: string): { readonly leave: () => void; readonly seats: number } {
    const seats = (this.#pending.get(account) ?? 0) + 1
    this.#pending.set(account, seats)
    const leave = (): void => {
      const left = (this.#pending.get(account) ?? 1) - 1
      if (left > 0) this.#pending.set(account, left)
      else this.#pending.delete(account)
    }
    return { leave, seats }
  }
}

function blocked({ states }: LimitOutcome): Limited<never> {
  const state = states[0]
  // Only guesses under way stand in the way: they are answered soon.
  const soon = state !== undefined && state.remaining > 0
  return { outcome: 'blocked', retryAfterSeconds: soon ? 1 : (state?.retryAfterSeconds ?? 1) }
}
