import { addressPrefix, type LimitPolicy, type LimitStore } from 'countersign'

/** Who types a code. */
export interface CodeAttempt {
  readonly tenant: string
  readonly personId: string
  readonly address: string | undefined
}

/** Counts attempts at user codes. */
export interface CodeAttempts {
  /** Counts one before it is looked up, a good one too; seconds to wait where there were too many, or 0. */
  take(attempt: CodeAttempt, nowMs: number): Promise<number>
}

/** Of the life of a code: what is tried against one code is tried within one window. */
const WINDOW_SECONDS = 600

/**
 * Per person: 10 guesses at 20^8 codes within the life of one are a chance of 2^-31 to hit it. An
 * attacker with many accounts is held by the limit of the address.
 */
const PER_PERSON: LimitPolicy = {
  name: 'user-code-attempts',
  algorithm: 'sliding-window',
  limit: 10,
  windowSeconds: WINDOW_SECONDS,
  onStoreFailure: 'local',
}

/** Per address prefix (/64 for IPv6), over all people: an office has one address. */
const PER_ADDRESS: LimitPolicy = { ...PER_PERSON, name: 'user-code-address-attempts', limit: 100 }

/**
 * Makes the counter. Each attempt is counted before its answer is known, so that many at once are
 * no more than the limit.
 *
 * @see [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1) brute forcing of user codes
 */
export const codeAttempts = (store: LimitStore): CodeAttempts => ({
  async take({ tenant, personId, address }, nowMs) {
    const { allowed, states } = await store.take(
      [
        { policy: PER_PERSON, key: `user-code:${tenant}/${personId}`, cost: 1 },
        { policy: PER_ADDRESS, key: `user-code-address:${addressPrefix(address)}`, cost: 1 },
      ],
      nowMs,
    )
    const waits = states.map(({ retryAfterSeconds }) => retryAfterSeconds)
    return allowed ? 0 : Math.ceil(Math.max(1, ...waits))
  },
})
