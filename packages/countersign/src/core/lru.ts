/**
 * A map with a fixed number of entries: the least recently used leaves first, so that no stream of
 * distinct hostile inputs can grow it (SR-503).
 */
export class LruCache<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #maxEntries: number

  /** @param maxEntries - Entries kept; at least 1. */
  constructor(maxEntries: number) {
    this.#maxEntries = Math.max(1, maxEntries)
  }

  /** Entries held now. */
  get size(): number {
    return this.#entries.size
  }

  /** The entry, which becomes the most recently used. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** The entry, without touching its age: for hot paths where exact recency is not worth two writes. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Stores an entry and drops the oldest when full. */
  set(key: K, value: V): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#maxEntries) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    this.#entries.set(key, value)
  }

  /** Drops one entry. */
  delete(key: K): void {
    this.#entries.delete(key)
  }

  /** Drops every entry that `condemned` names. */
  deleteWhere(condemned: (value: V, key: K) => boolean): void {
    for (const [key, value] of this.#entries) if (condemned(value, key)) this.#entries.delete(key)
  }

  /** Drops everything. */
  clear(): void {
    this.#entries.clear()
  }
}
