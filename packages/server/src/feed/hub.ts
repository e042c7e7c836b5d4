import type { Logger } from 'pino'
import type { ChangeRecord } from '../model/records.ts'
import type { Store } from '../model/store.ts'

/** Receives every change after the hub's position, in order and without gaps. */
export type ChangeListener = (change: ChangeRecord) => void

const BATCH = 500

/**
 * Follows the store's changes once for all subscribers of this process: fifty verifiers cost one
 * query a change, not fifty.
 */
export class FeedHub {
  readonly #store: Pick<Store, 'changes' | 'onChange'>
  readonly #log: Logger
  readonly #listeners = new Set<ChangeListener>()
  #position = 0
  #reading: Promise<void> | undefined
  #again = false
  readonly #stop: () => void

  constructor(store: Pick<Store, 'changes' | 'onChange'>, log: Logger) {
    this.#store = store
    this.#log = log
    this.#stop = store.onChange(() => this.#wake())
  }

  /** The last sequence that every listener was given. */
  get position(): number {
    return this.#position
  }

  /** Await it before {@link listen}: it finds the place from which a first listener is served. */
  async ready(): Promise<void> {
    if (this.#listeners.size > 0) return
    const head = await this.#store.changes.head()
    // Asked again: another reader may have begun to listen meanwhile, and must not miss a change.
    if (this.#listeners.size === 0) this.#position = head
  }

  /** Gives every later change to a listener. Returns the way to stop. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /**
   * Reads to the end of what is committed.
   *
   * @throws UnavailableError when the store cannot be read: then nobody may be told that nothing
   * happened.
   */
  catchUp(): Promise<void> {
    this.#again = true
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Stops following the store. */
  close(): void {
    this.#stop()
    this.#listeners.clear()
  }

  #wake(): void {
    if (this.#listeners.size === 0) return
    this.catchUp().catch((error: unknown) => {
      this.#log.error({ err: error }, 'the change feed cannot be read')
    })
  }

  /** A call during a read asks for one more: the read may have passed what the caller waits for. */
  async #readAll(): Promise<void> {
    while (this.#again) {
      this.#again = false
      while (await this.#readPage()) this.#again = true
    }
  }

  async #readPage(): Promise<boolean> {
    const changes = await this.#store.changes.after(this.#position, BATCH)
    for (const change of changes) {
      this.#position = change.sequence
      for (const listener of this.#listeners) listener(change)
    }
    return changes.length === BATCH
  }
}
