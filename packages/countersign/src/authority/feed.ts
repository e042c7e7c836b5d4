import { openStream } from '#net'
import { toSeconds, type Clock } from '../core/clock.ts'
import { UnavailableError } from '../core/errors.ts'
import {
  RevocationSet,
  type Freshness,
  type RevocableFacts,
  type Revocation,
  type Revocations,
} from '../core/revocation.ts'
import type { OpenStream } from '../net/seam.ts'
import { parseFeedMessage, type FeedMessage } from './feed-message.ts'
import { backoffMs, pause, Watchdog } from './reconnect.ts'
import { readServerEvents } from './server-events.ts'

/** How a feed is followed. */
export interface FeedOptions {
  /** Everything but the cursor. */
  readonly request: Parameters<OpenStream>[0]
  readonly maxStalenessSeconds: number
  /** Seconds of silence after which the connection counts as broken. */
  readonly silenceSeconds: number
  readonly clock: Clock
}

/** A snapshot of the most revocations that a set holds. */
const MAX_EVENT_LENGTH = 256 * 1024 * 1024
/** Heartbeats between two sweeps of expired revocations. */
const SWEEP_EVERY = 12

/**
 * Follows the change feed of an authority, and is what the methods ask about revocations.
 *
 * A snapshot replaces everything, a change adds to it, a heartbeat says that nothing is missing. A
 * connection that breaks, is silent for too long, or says something unreadable is opened again where
 * it stopped. Staleness counts from the last message, not from when the break was noticed: so no
 * revocation older than `max(maxStalenessSeconds, silenceSeconds)` is ever unknown to an acceptance.
 */
export class FeedClient implements Revocations {
  readonly #options: FeedOptions
  readonly #closing = new AbortController()
  readonly #first = Promise.withResolvers<void>()
  #set = new RevocationSet()
  #cursor: number | undefined
  /** Seconds since the epoch of the last message; undefined before the first snapshot. */
  #heardAt: number | undefined
  #connected = false
  #beats = 0
  #lastFailure: string | undefined

  constructor(options: FeedOptions) {
    this.#options = options
    // Nobody has to ask for readiness; whoever does gets the error.
    this.#first.promise.catch(() => {})
    void this.#follow()
  }

  /** Resolves with the first snapshot. Rejects when the authority refuses the credential. */
  ready(): Promise<void> {
    return this.#first.promise
  }

  /** Why the last connection ended, for the operator. */
  get lastFailure(): string | undefined {
    return this.#lastFailure
  }

  find(facts: RevocableFacts): Revocation | undefined {
    return this.#set.find(facts)
  }

  freshness(now: number): Freshness {
    if (this.#heardAt === undefined) return 'starting'
    // What did not fit is not known to be unrevoked.
    if (this.#set.overflowed || this.#closing.signal.aborted) return 'lost'
    const silence = now - this.#heardAt
    // By the clock too: a busy process runs its watchdog late.
    if (this.#connected && silence <= this.#options.silenceSeconds) return 'live'
    // Both times are whole seconds, rounded down: at most means less than one more.
    return silence < this.#options.maxStalenessSeconds ? 'stale' : 'lost'
  }

  /** Hangs up for good. Nothing is accepted afterwards. */
  close(): void {
    this.#closing.abort()
    this.#first.reject(new UnavailableError('feed', 'the feed was closed'))
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted; failures += 1) {
      const heardBefore = this.#heardAt
      await this.#connect()
      this.#connected = false
      if (this.#heardAt !== heardBefore) failures = 0
      await pause(backoffMs(failures), signal)
    }
  }

  /** One connection, from open to broken. Never rejects. */
  async #connect(): Promise<void> {
    const watchdog = new Watchdog(this.#options.silenceSeconds * 1000, this.#closing.signal)
    try {
      const stream = await openStream(this.#request(), watchdog.signal)
      if (!stream.ok) {
        this.#fail(stream.error.message)
        return
      }
      for await (const event of readServerEvents(stream.value, MAX_EVENT_LENGTH)) {
        watchdog.pat()
        const message = parseFeedMessage(event)
        if (message !== undefined) this.#hear(message)
      }
      this.#lastFailure = 'the authority ended the feed'
    } catch (error) {
      this.#lastFailure = error instanceof Error ? error.message : 'the feed broke'
    } finally {
      watchdog.stop()
    }
  }

  #request(): FeedOptions['request'] {
    const { request } = this.#options
    const cursor = this.#cursor === undefined ? '' : `?cursor=${this.#cursor}`
    return { ...request, url: `${request.url}${cursor}` }
  }

  #fail(message: string): void {
    this.#lastFailure = message
    if (message !== 'answered 401' && message !== 'answered 403') return
    const hint = 'is the credential right, and does it have the scope countersign:feed:read?'
    this.#first.reject(new UnavailableError('feed', `the feed ${message}: ${hint}`))
  }

  #hear(message: FeedMessage): void {
    // Only a snapshot starts: changes alone say nothing about what came before them.
    if (this.#cursor === undefined && message.event !== 'snapshot') return
    if (message.event === 'snapshot') this.#replace(message.revocations)
    else if (message.event === 'change') this.#set.add(message.revocation)
    this.#cursor = message.sequence
    this.#heardAt = toSeconds(this.#options.clock())
    if (message.event !== 'change') this.#connected = true
    if (message.event === 'heartbeat') this.#sweep(this.#heardAt)
    this.#first.resolve()
  }

  #replace(revocations: readonly Revocation[]): void {
    // A new set, then one assignment: no request may see half a snapshot.
    const set = new RevocationSet()
    for (const revocation of revocations) set.add(revocation)
    this.#set = set
  }

  #sweep(now: number): void {
    this.#beats += 1
    if (this.#beats % SWEEP_EVERY === 0) this.#set.sweep(now)
  }
}
