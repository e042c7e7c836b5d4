import { LruCache } from '../../core/lru.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { AgentKey, AgentKeys } from './directory-key.ts'

/** How directories are kept, in seconds and pieces. */
export interface DirectoryTerms {
  readonly maxAgeSeconds: number
  readonly maxStaleSeconds: number
  readonly refetchSeconds: number
  readonly maxOrigins: number
  /** Fetches of origins that never gave a key. */
  readonly fetchesPerMinute: number
}

/** Fetches and reads one directory; never rejects. */
export type LoadDirectory = (origin: string, now: number) => Promise<Result<AgentKeys, string>>

interface Entry {
  keys: AgentKeys | undefined
  fetchedAt: number
  triedAt: number
  problem: string | undefined
  flight: Promise<void> | undefined
}

/** Which key is looked for, in whose directory, and when. */
export interface WantedKey {
  /** Checked by the caller: it is fetched. */
  readonly origin: string
  readonly keyId: string
  /** Seconds since the epoch. */
  readonly now: number
}

type Found = Result<AgentKey | undefined, string>

const unknownEntry = (): Entry => ({
  keys: undefined,
  fetchedAt: Number.NEGATIVE_INFINITY,
  triedAt: Number.NEGATIVE_INFINITY,
  problem: undefined,
  flight: undefined,
})

/** The answer when no more directories are fetched for now. */
export const BUSY = 'busy'

/**
 * Keeps the directories of agents. A directory is fetched when it is needed and not fresh, and for a
 * key that it does not hold; once however many requests wait, and never within `refetchSeconds` of
 * the last try: invented key ids and dead origins cost nobody more. Origins that never gave a key
 * share `fetchesPerMinute`, so that a flood of invented ones makes us no weapon, and are kept apart,
 * so that it pushes no good one out. While a directory cannot be fetched its keys serve on, for
 * `maxStaleSeconds`; one that answers without a key ends the key.
 */
export class DirectoryCache {
  readonly #terms: DirectoryTerms
  readonly #load: LoadDirectory
  readonly #good: LruCache<string, Entry>
  readonly #empty: LruCache<string, Entry>
  #minute = Number.NEGATIVE_INFINITY
  #spent = 0

  constructor(terms: DirectoryTerms, load: LoadDirectory) {
    this.#terms = terms
    this.#load = load
    this.#good = new LruCache(terms.maxOrigins)
    this.#empty = new LruCache(terms.maxOrigins)
  }

  /**
   * The key of an agent: undefined when its directory holds no such key, an error when there is no
   * directory to believe.
   */
  find(wanted: WantedKey): MaybePromise<Found> {
    const { origin, keyId, now } = wanted
    const entry = this.#good.get(origin) ?? this.#empty.get(origin) ?? unknownEntry()
    const { maxAgeSeconds, refetchSeconds } = this.#terms
    const key = now - entry.fetchedAt < maxAgeSeconds ? entry.keys?.get(keyId) : undefined
    if (key !== undefined) return ok(key)
    const resting = entry.flight === undefined && now - entry.triedAt < refetchSeconds
    return resting ? this.#answer(entry, wanted) : this.#fetch(entry, wanted)
  }

  async #fetch(entry: Entry, wanted: WantedKey): Promise<Found> {
    const { origin, now } = wanted
    if (entry.flight === undefined) {
      const empty = (entry.keys?.size ?? 0) === 0
      if (empty && !this.#afford(now)) return err(BUSY)
      entry.triedAt = now
      entry.flight = this.#refresh(origin, entry, now)
      if (empty) this.#empty.set(origin, entry)
    }
    await entry.flight
    return this.#answer(entry, wanted)
  }

  async #refresh(origin: string, entry: Entry, now: number): Promise<void> {
    const outcome = await this.#load(origin, now)
    entry.flight = undefined
    entry.problem = outcome.ok ? undefined : outcome.error
    if (!outcome.ok) return
    entry.keys = outcome.value
    entry.fetchedAt = now
    if (outcome.value.size === 0) return
    this.#empty.delete(origin)
    this.#good.set(origin, entry)
  }

  #answer(entry: Entry, { keyId, now }: WantedKey): Found {
    const { maxAgeSeconds, maxStaleSeconds } = this.#terms
    const usable = now - entry.fetchedAt < maxAgeSeconds + maxStaleSeconds
    const key = usable ? entry.keys?.get(keyId) : undefined
    return key === undefined && entry.problem !== undefined ? err(entry.problem) : ok(key)
  }

  #afford(now: number): boolean {
    const minute = Math.floor(now / 60)
    if (minute !== this.#minute) this.#spent = 0
    this.#minute = minute
    this.#spent += 1
    return this.#spent <= this.#terms.fetchesPerMinute
  }
}
