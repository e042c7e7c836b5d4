import type { Clock } from 'countersign'
import type { ChangeRecord } from '../model/records.ts'
import type { Store } from '../model/store.ts'

/** Everything of a tenant that is revoked, as of a place in the feed. */
export interface Snapshot {
  readonly sequence: number
  readonly changes: readonly ChangeRecord[]
}

/** What snapshots are read with. */
export interface SnapshotOptions {
  readonly store: Pick<Store, 'changes'>
  readonly clock: Clock
}

interface Reading {
  readonly sequence: number
  readonly byTenant: ReadonlyMap<string, readonly ChangeRecord[]>
}

/** Milliseconds for which one snapshot is good for whoever comes; what came since follows it. */
const SHARED_MS = 1000

/**
 * Reads a snapshot once for all that want one at the same time: after a restart every verifier does,
 * and one for each would be as many reads of the table, and as many copies of it in memory.
 */
export class SnapshotShelf {
  readonly #options: SnapshotOptions
  #reading: Promise<Reading> | undefined

  constructor(options: SnapshotOptions) {
    this.#options = options
  }

  /** A snapshot that is at most a second old; it is put away then, and not held. */
  async take(tenant: string): Promise<Snapshot> {
    this.#reading ??= this.#read()
    const { sequence, byTenant } = await this.#reading
    return { sequence, changes: byTenant.get(tenant) ?? [] }
  }

  async #read(): Promise<Reading> {
    const { store, clock } = this.#options
    const forget = (): void => {
      this.#reading = undefined
    }
    try {
      const { sequence, changes } = await store.changes.snapshot(Math.floor(clock() / 1000))
      setTimeout(forget, SHARED_MS).unref()
      return { sequence, byTenant: Map.groupBy(changes, ({ tenant }) => tenant) }
    } catch (error) {
      forget()
      throw error
    }
  }
}
