import { Listeners } from '../sql/listeners.ts'

/** How often another process's commits are looked for. One pragma that touches no page. */
const POLL_MS = 100

/** Tells listeners that changes were committed: by this process at once, by others soon. */
export class ChangeSignal {
  readonly #listeners = new Listeners()
  readonly #dataVersion: () => number
  #seen = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /**
   * @param dataVersion - SQLite's `data_version` as the writer sees it: it moves when any *other*
   *   connection commits, whatever it committed. A listener may therefore be called in vain.
   */
  constructor(dataVersion: () => number) {
    this.#dataVersion = dataVersion
  }

  /** Calls `listener` from now on; answers the way to stop. */
  subscribe(listener: () => void): () => void {
    const remove = this.#listeners.add(listener)
    this.#start()
    return () => {
      remove()
      if (this.#listeners.size === 0) this.stop()
    }
  }

  /** Calls every listener, soon. */
  fire(): void {
    this.#listeners.fire()
  }

  /** Stops looking. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #start(): void {
    if (this.#timer !== undefined) return
    this.#seen = this.#look() ?? 0
    this.#timer = setInterval(() => this.#poll(), POLL_MS)
    this.#timer.unref()
  }

  #poll(): void {
    const version = this.#look()
    if (version === undefined || version === this.#seen) return
    this.#seen = version
    this.fire()
  }

  /** A timer has nobody to tell what went wrong; the next call of the store will. */
  #look(): number | undefined {
    try {
      return this.#dataVersion()
    } catch {
      return undefined
    }
  }
}
