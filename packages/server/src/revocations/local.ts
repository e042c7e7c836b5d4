import {
  RevocationSet,
  type Clock,
  type Freshness,
  type RevocableFacts,
  type Revocation,
} from 'countersign'
import type { Logger } from 'pino'
import type { LocalRevocations } from '../context.ts'
import type { ChangeRecord } from '../model/records.ts'
import type { Store } from '../model/store.ts'

/** What local revocations are made of. */
export interface LocalRevocationsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** How long verdicts may outlive a store that cannot be read, in seconds. */
  readonly maxStalenessSeconds: number
  /**
   * Milliseconds of a clock that nobody sets, and that goes on while the process is paused.
   * @defaultValue `performance.now`
   */
  readonly elapsed?: () => number
  /** Called for every change as it becomes known here. It must not throw. */
  readonly onRevocation?: (revocation: Revocation) => void
}

/** {@link LocalRevocations} with a beginning and an end. */
export interface ManagedRevocations extends LocalRevocations {
  /** Loads the snapshot and follows the store. */
  start(): Promise<void>
  /** Seconds since the feed was last known to be complete; undefined before the start. */
  ageSeconds(): number | undefined
  /** Drops entries whose subjects have expired. */
  sweep(now: number): void
  close(): void
}

const BATCH = 1000
/** A store that has gone says nothing; asking it is how that is noticed. */
const POLL_MS = 2000
/** How often it is asked within the staleness that is allowed, at least. */
const POLLS_WITHIN_STALENESS = 4

/**
 * Follows the change feed of the authority's own store, so that what is accepted in-process is
 * what a remote verifier accepts.
 */
export const localRevocations = (options: LocalRevocationsOptions): ManagedRevocations =>
  new StoreRevocations(options)

class StoreRevocations implements ManagedRevocations {
  readonly #options: LocalRevocationsOptions
  readonly #set = new RevocationSet()
  #sequence = 0
  /** Milliseconds since the epoch: the last time everything committed was known here. */
  #completeAt: number | undefined
  /** The same by {@link LocalRevocationsOptions.elapsed}. */
  #completeElapsed = 0
  #failed = false
  #reading: Promise<void> | undefined
  #again = false
  #stop: (() => void) | undefined

  constructor(options: LocalRevocationsOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { store, clock } = this.#options
    // Subscribed first: what is committed during the snapshot wakes us up afterwards.
    const look = (): void => {
      // A failure is logged once, and shows in freshness.
      this.catchUp().catch(() => {})
    }
    const unsubscribe = store.onChange(look)
    const { maxStalenessSeconds } = this.#options
    const poll = Math.min(POLL_MS, (maxStalenessSeconds * 1000) / POLLS_WITHIN_STALENESS)
    const timer = setInterval(look, poll).unref()
    this.#stop = () => {
      unsubscribe()
      clearInterval(timer)
    }
    const [startedAt, elapsed] = [clock(), this.#elapsed()]
    const { sequence, changes } = await store.changes.snapshot(Math.floor(startedAt / 1000))
    for (const change of changes) this.#apply(change)
    this.#sequence = sequence
    this.#complete(startedAt, elapsed)
    await this.catchUp()
  }

  /**
   * One reader at a time. A call during a read asks for one more: the read that is under way may
   * have passed the change that the caller is waiting for.
   */
  catchUp(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#readAll()
      return this.#reading
    }
    this.#again = true
    return this.#reading
  }

  find(facts: RevocableFacts): Revocation | undefined {
    return this.#set.find(facts)
  }

  freshness(now: number): Freshness {
    if (this.#completeAt === undefined) return 'starting'
    if (this.#set.overflowed) return 'lost'
    // A process that was paused, or a read that hangs: nothing has failed, and nothing is known.
    const silentMs = this.#elapsed() - this.#completeElapsed
    if (silentMs >= this.#options.maxStalenessSeconds * 1000) return 'lost'
    if (!this.#failed) return 'live'
    const age = now - Math.floor(this.#completeAt / 1000)
    // In whole seconds, rounded down: at most means less than one more.
    return age < this.#options.maxStalenessSeconds ? 'stale' : 'lost'
  }

  ageSeconds(): number | undefined {
    if (this.#completeAt === undefined) return undefined
    return this.#failed ? Math.max(0, this.#options.clock() - this.#completeAt) / 1000 : 0
  }

  sweep(now: number): void {
    this.#set.sweep(now)
  }

  close(): void {
    this.#stop?.()
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#again = false
        const [startedAt, elapsed] = [this.#options.clock(), this.#elapsed()]
        // oxlint-disable-next-line no-await-in-loop -- the next read depends on this one
        await this.#readOnce()
        this.#complete(startedAt, elapsed)
      } while (this.#again)
      this.#failed = false
    } catch (error) {
      if (!this.#failed) this.#options.log.error({ err: error }, 'the change feed cannot be read')
      this.#failed = true
      throw error
    } finally {
      // In the same tick as the last look at #again: no call can fall between the two.
      this.#reading = undefined
    }
  }

  #complete(at: number, elapsed: number): void {
    this.#completeAt = at
    this.#completeElapsed = elapsed
  }

  #elapsed(): number {
    return (this.#options.elapsed ?? performance.now.bind(performance))()
  }

  async #readOnce(): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- pages of one list
      const changes = await this.#options.store.changes.after(this.#sequence, BATCH)
      for (const change of changes) this.#apply(change)
      this.#sequence = changes.at(-1)?.sequence ?? this.#sequence
      if (changes.length < BATCH) return
    }
  }

  #apply({ tenant, kind, subject, issuedBefore, expiresAt }: ChangeRecord): void {
    const named = { tenant, kind, subject, expiresAt }
    const revocation = issuedBefore === null ? named : { ...named, issuedBefore }
    this.#set.add(revocation)
    this.#options.onRevocation?.(revocation)
  }
}
