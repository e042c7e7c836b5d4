import { DEFAULTS } from './defaults.ts'
import { LruCache } from './lru.ts'
import { map, type MaybePromise } from './maybe.ts'
import type { RevocableFacts, Revocations } from './revocation.ts'

/** A proof that was slow to get, with what can end it early. */
export interface Leased<T> {
  readonly value: T
  /** What a revocation must name to end the lease; undefined for a negative answer. */
  readonly facts?: RevocableFacts
  /** Seconds since the epoch: the credential's own expiry. */
  readonly expiresAt?: number
}

/** How leases are kept. */
export interface LeaseOptions {
  /** Leases held; the least recently used leaves first. */
  readonly maxEntries: number
  /** How long a lease lives while no feed watches over it, in seconds. */
  readonly maxStalenessSeconds: number
  /** How long a negative answer is remembered, in seconds. */
  readonly negativeSeconds: number
  /** The feed that ends leases early. With it a lease lives up to `DEFAULTS.maxLeaseSeconds`. */
  readonly revocations?: Revocations
}

interface Entry<T> {
  readonly leased: Leased<T>
  readonly until: number
}

/** About 2 MiB; they live for a second each. */
const MAX_NEGATIVES = 10_000

/**
 * Keeps slow verdicts (a look-up at the authority, an introspection, an Argon2id check) for as long
 * as they may be believed: until the credential expires, until the feed names it, or until the feed
 * has been gone for `maxStalenessSeconds`. Misses for one key are one load (single-flight), negative
 * answers are kept briefly, memory is bounded. An expired lease is never served while it is renewed:
 * that is how revoked keys get one more request.
 *
 * Keys must be digests of credentials, never the credentials.
 */
export class LeaseCache<T> {
  readonly #entries: LruCache<string, Entry<T>>
  /** Apart from the rest: a flood of junk credentials must not push good leases out. */
  readonly #negatives: LruCache<string, Entry<T>>
  readonly #loading = new Map<string, Promise<Leased<T>>>()
  readonly #options: LeaseOptions

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#entries = new LruCache(options.maxEntries)
    this.#negatives = new LruCache(Math.min(options.maxEntries, MAX_NEGATIVES))
  }

  /** The leased value, from memory or from `load`. */
  get(key: string, now: number, load: () => MaybePromise<Leased<T>>): MaybePromise<T> {
    const entry = this.#entries.peek(key) ?? this.#negatives.peek(key)
    if (entry !== undefined && this.#holds(entry, now)) return entry.leased.value
    return map(this.#load(key, load), (leased) =>
      // An answer that was under way while the feed said "changed" is the answer to an old question.
      this.#predatesChange(leased)
        ? map(this.#load(key, load), (newer) => this.#keep(key, newer, now))
        : this.#keep(key, leased, now),
    )
  }

  /** Ends every lease: after a gap in the feed nothing that came before it can be believed. */
  clear(): void {
    this.#entries.clear()
    this.#negatives.clear()
  }

  #load(key: string, load: () => MaybePromise<Leased<T>>): MaybePromise<Leased<T>> {
    const flying = this.#loading.get(key)
    if (flying !== undefined) return flying
    const loading = load()
    if (!(loading instanceof Promise)) return loading
    const settled = loading.finally(() => this.#loading.delete(key))
    this.#loading.set(key, settled)
    return settled
  }

  #predatesChange({ facts }: Leased<T>): boolean {
    if (facts?.issuedAt === undefined) return false
    const cutOff = this.#options.revocations?.find(facts)?.issuedBefore
    return cutOff !== undefined && facts.issuedAt < cutOff
  }

  #keep(key: string, leased: Leased<T>, now: number): T {
    const { negativeSeconds, maxStalenessSeconds, revocations } = this.#options
    const expiry = leased.expiresAt ?? Number.POSITIVE_INFINITY
    const watched = revocations?.freshness(now) === 'live'
    const watchedSeconds = watched ? DEFAULTS.maxLeaseSeconds : maxStalenessSeconds
    const seconds = leased.facts === undefined ? negativeSeconds : watchedSeconds
    const until = Math.min(expiry, now + seconds)
    const negative = leased.facts === undefined
    const [table, other] = negative
      ? [this.#negatives, this.#entries]
      : [this.#entries, this.#negatives]
    // What nobody will believe for a moment is not written; what it replaces goes all the same.
    if (until > now) table.set(key, { leased, until })
    else table.delete(key)
    other.delete(key)
    return leased.value
  }

  #holds({ leased, until }: Entry<T>, now: number): boolean {
    if (now >= until) return false
    const { revocations } = this.#options
    if (revocations === undefined || leased.facts === undefined) return true
    const freshness = revocations.freshness(now)
    if (freshness !== 'live' && freshness !== 'stale') return false
    return revocations.find(leased.facts) === undefined
  }
}

/** What the options of a method say about its leases. */
export interface LeaseTerms {
  readonly leaseEntries?: number
  readonly maxStalenessSeconds?: number
  readonly revocations?: Revocations
}

/**
 * Makes the leases of a method, with the defaults for what its options leave out.
 *
 * @param source - Where it looks up. One's own table without a feed is asked every time: nothing
 * would end a lease over it, and asking is cheap.
 */
export function methodLeases<T>(
  { leaseEntries, maxStalenessSeconds, revocations }: LeaseTerms,
  source: 'own-table' | 'elsewhere',
): LeaseCache<T> {
  const unwatched = source === 'own-table' && revocations === undefined
  return new LeaseCache({
    maxEntries: leaseEntries ?? DEFAULTS.leaseEntries,
    maxStalenessSeconds: maxStalenessSeconds ?? (unwatched ? 0 : DEFAULTS.maxStalenessSeconds),
    negativeSeconds: DEFAULTS.negativeLeaseSeconds,
    ...(revocations === undefined ? {} : { revocations }),
  })
}

/**
 * Reports whether a revocation ends what a lease proved. A cut-off (`issuedBefore`) asks for a new
 * look-up and nothing else: {@link LeaseCache} has made it after the feed told, so its answer has
 * seen the change. A cut-off may lie a little ahead (an authority allows for the time its commit
 * takes); until then every request looks up, and none is refused for it.
 */
export function isRevoked(revocations: Revocations | undefined, facts: RevocableFacts): boolean {
  const revocation = revocations?.find(facts)
  return revocation !== undefined && revocation.issuedBefore === undefined
}
