import type { Clock, RevocableFacts, Revocations } from 'countersign'
import type { Logger } from 'pino'
import type { Store } from '../model/store.ts'
import { FeedHub } from './hub.ts'
import { changeMessage, heartbeatMessage, snapshotMessage } from './message.ts'
import { SnapshotShelf } from './snapshot-shelf.ts'
import { Subscriber, type CutReason } from './subscriber.ts'

/** What a feed is made of. */
export interface FeedOptions {
  readonly store: Pick<Store, 'changes' | 'onChange'>
  readonly clock: Clock
  readonly log: Logger
  readonly revocations: Pick<Revocations, 'find'>
  /** Milliseconds between heartbeats; 0 leaves them to {@link Feed.beat}. @defaultValue 5000 */
  readonly heartbeatMs?: number
  /** @defaultValue 1000 */
  readonly maxSubscribers?: number
  /** Changes that may wait for one subscriber. @defaultValue 10 000 */
  readonly maxQueued?: number
}

/** Who subscribes, and from where. */
export interface Subscription {
  readonly tenant: string
  /** The last sequence that the reader knows; a snapshot comes first without one. */
  readonly cursor: number | undefined
  /** What ends the subscription when it is revoked. */
  readonly facts: RevocableFacts
  /** Seconds since the epoch: when the credential of the reader ends. */
  readonly expiresAt?: number | undefined
}

/** The change feed of an authority. */
export interface Feed {
  /** The stream of one reader; undefined when there are too many, or on the way down. */
  subscribe(subscription: Subscription): Promise<ReadableStream<Uint8Array> | undefined>
  /** Sends one heartbeat to every reader. */
  beat(): Promise<void>
  readonly size: number
  /** Ends every subscription. */
  close(): void
}

/** A reader this far behind is told the snapshot: it is shorter. */
const MAX_BACKLOG = 10_000
const PAGE = 500
/** Half a minute of heartbeats at the default. */
const MAX_MISSED_BEATS = 6

/** Makes the change feed of an authority. */
export const createFeed = (options: FeedOptions): Feed => new StoreFeed(options)

class StoreFeed implements Feed {
  readonly #options: FeedOptions
  readonly #hub: FeedHub
  readonly #snapshots: SnapshotShelf
  readonly #subscribers = new Map<Subscriber, Subscription>()
  readonly #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#hub = new FeedHub(options.store, options.log)
    this.#snapshots = new SnapshotShelf(options)
    const { heartbeatMs = 5000 } = options
    if (heartbeatMs > 0) this.#timer = setInterval(() => void this.beat(), heartbeatMs).unref()
  }

  get size(): number {
    return this.#subscribers.size
  }

  async subscribe(subscription: Subscription): Promise<ReadableStream<Uint8Array> | undefined> {
    const { maxSubscribers = 1000, maxQueued = 10_000 } = this.#options
    await this.#hub.ready()
    if (this.#closed || this.size >= maxSubscribers) return undefined
    const subscriber = new Subscriber({
      tenant: subscription.tenant,
      limits: { maxQueued, maxMissedBeats: MAX_MISSED_BEATS },
      start: () => this.#start(subscription),
      onEnd: (reason) => {
        stop()
        this.#subscribers.delete(subscriber)
        this.#logEnd(subscription, reason)
      },
    })
    // Live changes queue up from here on; the backlog is read afterwards, so that none is missed.
    const stop = this.#hub.listen((change) => subscriber.push(change))
    this.#subscribers.set(subscriber, subscription)
    return subscriber.stream
  }

  async beat(): Promise<void> {
    if (this.size === 0) return
    try {
      await this.#hub.catchUp()
    } catch (error) {
      // No heartbeat: readers must notice that the feed cannot vouch for anything now.
      this.#options.log.error({ err: error }, 'the change feed cannot be read')
      return
    }
    const now = Math.floor(this.#options.clock() / 1000)
    const message = heartbeatMessage(this.#hub.position, now)
    for (const [subscriber, { facts, expiresAt }] of this.#subscribers) {
      if (this.#options.revocations.find(facts) !== undefined) subscriber.cut('revoked')
      else if (expiresAt !== undefined && expiresAt <= now) subscriber.cut('expired')
      else subscriber.heartbeat(message)
    }
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const subscriber of this.#subscribers.keys()) subscriber.cut('draining')
    this.#hub.close()
  }

  /** Snapshot or backlog, then a heartbeat: the reader knows at once that it is up to date. */
  async *#start({ tenant, cursor }: Subscription): AsyncGenerator<string, number> {
    const from = cursor === undefined ? undefined : await this.#resume(cursor)
    const covered =
      from === undefined ? yield* this.#snapshot(tenant) : yield* this.#backlog(tenant, from)
    yield heartbeatMessage(covered, Math.floor(this.#options.clock() / 1000))
    return covered
  }

  /** The cursor, if the changes after it are all there; one from another database is not. */
  async #resume(cursor: number): Promise<number | undefined> {
    const { changes } = this.#options.store
    const [head, floor] = await Promise.all([changes.head(), changes.floor()])
    return cursor >= floor && cursor <= head && head - cursor <= MAX_BACKLOG ? cursor : undefined
  }

  /** Then what was committed since it was read: it may be one that others were given a moment ago. */
  async *#snapshot(tenant: string): AsyncGenerator<string, number> {
    const { sequence, changes } = await this.#snapshots.take(tenant)
    yield* snapshotMessage(sequence, changes)
    return yield* this.#backlog(tenant, sequence)
  }

  async *#backlog(tenant: string, cursor: number): AsyncGenerator<string, number> {
    let position = cursor
    for (;;) {
      const page = await this.#options.store.changes.after(position, PAGE)
      for (const change of page) {
        if (change.tenant === tenant) yield changeMessage(change)
        position = change.sequence
      }
      if (page.length < PAGE) return position
    }
  }

  #logEnd({ facts, tenant }: Subscription, reason: CutReason | 'closed'): void {
    const { log } = this.#options
    log.info({ tenant, principalId: facts.principalId, reason }, 'a feed subscription ended')
  }
}
