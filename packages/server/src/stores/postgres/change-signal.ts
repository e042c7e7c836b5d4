import { Client } from 'pg'
import type { Address } from './address.ts'
import { Listeners } from '../sql/listeners.ts'

/** The channel on which nodes wake each other. Its messages say nothing: the feed is read. */
export const CHANGE_CHANNEL = 'countersign_change'

/** Without a listening connection, and beside it: the longest that a change waits to be seen. */
const POLL_MS = 250
/** Between two attempts to listen, with as much again at random. */
const RETRY_MS = 1000

/** Tells listeners that changes were committed, by any node. */
export class ChangeSignal {
  readonly #listeners = new Listeners()
  readonly #address: Address
  readonly #head: () => Promise<number>
  #seen = -1
  #client: Client | undefined
  #timers: NodeJS.Timeout[] = []
  #isPolling = false
  #wasLost = false
  #isStopped = false

  /**
   * @param address - Of the server itself; a pooler in transaction mode cannot listen, and then the poll
   *   alone finds changes.
   * @param head - The last number of the feed.
   */
  constructor(address: Address, head: () => Promise<number>) {
    this.#address = address
    this.#head = head
  }

  /** Calls `listener` from now on; answers the way to stop. */
  subscribe(listener: () => void): () => void {
    const remove = this.#listeners.add(listener)
    this.#start()
    return remove
  }

  /** Calls every listener, soon. */
  fire(): void {
    this.#listeners.fire()
  }

  /** Stops looking and listening. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#client?.end().catch(() => {})
  }

  #start(): void {
    if (this.#timers.length > 0 || this.#isStopped) return
    const poll = setInterval(() => void this.#poll(), POLL_MS)
    this.#timers.push(poll.unref())
    void this.#listen()
  }

  async #poll(): Promise<void> {
    // A database that is slow is not asked the same again.
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      const head = await this.#head()
      if (this.#seen >= 0 && head !== this.#seen) this.fire()
      this.#seen = head
    } catch {
      // A timer has nobody to tell what went wrong; the next call of the store will.
    } finally {
      this.#isPolling = false
    }
  }

  async #listen(): Promise<void> {
    if (this.#isStopped) return
    const { connectionString, ssl } = this.#address
    const client = new Client({
      connectionString,
      ssl,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      application_name: 'countersign listener',
    })
    this.#client = client
    client.on('notification', () => this.fire())
    client.on('error', () => {})
    client.on('end', () => this.#again())
    try {
      await client.connect()
      await client.query(`listen ${CHANGE_CHANNEL}`)
      // What was announced while it was lost, nobody heard.
      if (this.#wasLost) this.fire()
    } catch {
      await client.end().catch(() => {})
      this.#again()
    }
  }

  #again(): void {
    if (this.#isStopped) return
    this.#wasLost = true
    const wait = RETRY_MS + Math.random() * RETRY_MS
    const [poll, ...retries] = this.#timers
    for (const retry of retries) clearTimeout(retry)
    const next = setTimeout(() => void this.#listen(), wait).unref()
    this.#timers = poll === undefined ? [next] : [poll, next]
  }
}
