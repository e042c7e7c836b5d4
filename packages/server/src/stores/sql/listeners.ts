/** Who wants to hear that changes were committed, on whatever database. */
export class Listeners {
  readonly #listeners = new Set<() => void>()

  /** How many there are. */
  get size(): number {
    return this.#listeners.size
  }

  /** Calls `listener` from now on; answers the way to stop. */
  add(listener: () => void): () => void {
    // Wrapped, so that a function that is added twice is called twice.
    const entry = (): void => listener()
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** Calls every listener, outside of the caller's stack: what they do is not its failure. */
  fire(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }
}
