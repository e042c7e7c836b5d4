import {
  memoryLimits,
  type Clock,
  type LimitDemand,
  type LimitPolicy,
  type Result,
} from 'countersign'

/** What was read, and for how long it is good. */
export interface Fresh<T> {
  readonly value: T
  readonly seconds: number
}

/** Reads what a URL names; never rejects. `unreachable`: nobody answered, so nothing has changed. */
export type Load<T> = (url: string) => Promise<Result<Fresh<T>, 'unreachable' | 'refused'>>

interface Entry<T> {
  readonly value: T
  readonly freshUntil: number
  /** How long it serves on while nobody answers. */
  readonly usableUntil: number
}

const perMinute = (name: string, limit: number): LimitPolicy => ({
  name,
  algorithm: 'sliding-window',
  limit,
  windowSeconds: 60,
})

/** Of URLs of one host that never gave anything. */
const PER_HOST = perMinute('documents-of-host', 10)
/** Of all of these: strangers name them, and we are no weapon against anybody. */
const PER_MINUTE = perMinute('documents', 120)
/** Of a URL that is known to be good, so that a flood of others does not keep it from being read. */
const PER_URL = perMinute('document', 10)

const MAX_ENTRIES = 1000
const STALE_SECONDS = 86_400

/**
 * Keeps what strangers' URLs name: bounded, read once however many wait, and read again when it is
 * no longer fresh. Failures are not kept (SR-056): what is put right is seen at the next try, of which
 * there are few a minute. What cannot be reached serves on for a day; what answers and is bad ends.
 */
export class DocumentCache<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #flights = new Map<string, Promise<T | undefined>>()
  readonly #limits = memoryLimits({ maxKeys: 10_000 })
  readonly #clock: Clock
  readonly #load: Load<T>

  constructor(clock: Clock, load: Load<T>) {
    this.#clock = clock
    this.#load = load
  }

  /** What the URL names; undefined if nothing good, or not now. @param url - Checked by the caller. */
  async find(url: string): Promise<T | undefined> {
    const entry = this.#entries.get(url)
    if (entry !== undefined && this.#now() < entry.freshUntil) return this.#used(url, entry)
    const flight = this.#flights.get(url) ?? this.#fetch(url)
    this.#flights.set(url, flight)
    return flight
  }

  async #fetch(url: string): Promise<T | undefined> {
    try {
      if (!(await this.#affords(url))) return this.#stale(url)
      const outcome = await this.#load(url)
      if (outcome.ok) return this.#keep(url, outcome.value)
      if (outcome.error === 'refused') this.#entries.delete(url)
      return this.#stale(url)
    } finally {
      this.#flights.delete(url)
    }
  }

  #keep(url: string, { value, seconds }: Fresh<T>): T {
    const now = this.#now()
    const freshUntil = now + seconds
    this.#used(url, { value, freshUntil, usableUntil: freshUntil + STALE_SECONDS })
    return value
  }

  /** Moves an entry to the end: the one that was not used for the longest time leaves. */
  #used(url: string, entry: Entry<T>): T {
    this.#entries.delete(url)
    this.#entries.set(url, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest)
    return entry.value
  }

  #stale(url: string): T | undefined {
    const entry = this.#entries.get(url)
    return entry !== undefined && this.#now() < entry.usableUntil ? entry.value : undefined
  }

  async #affords(url: string): Promise<boolean> {
    const demands: readonly LimitDemand[] = this.#entries.has(url)
      ? [{ policy: PER_URL, key: url, cost: 1 }]
      : [
          { policy: PER_HOST, key: new URL(url).host, cost: 1 },
          { policy: PER_MINUTE, key: '*', cost: 1 },
        ]
    const outcome = await this.#limits.take(demands, this.#clock())
    return outcome.allowed
  }

  readonly #now = (): number => Math.floor(this.#clock() / 1000)
}
