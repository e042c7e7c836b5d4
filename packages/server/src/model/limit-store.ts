import type { LimitStore } from 'countersign'

/** Limits that every process on the store counts together. */
export interface SharedLimitStore extends LimitStore {
  /** Deletes at most `limit` counters that say nothing any more; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}
