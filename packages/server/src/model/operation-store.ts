/** What the operation of several nodes is kept in. */

/** Which node does the background work. */
export interface LeadershipStore {
  /**
   * Takes a free or lapsed term, or prolongs the one that this holder has, in one conditional
   * statement and by the database's clock: the clocks of nodes do not matter. Answers the fencing
   * number of the term, higher than every one before it; undefined while another node leads.
   *
   * @param holder - Names one process and start; never reused.
   */
  hold(name: string, holder: string, ttlMs: number): Promise<number | undefined>
  /**
   * Reports whether the term still is the present one. In a transaction it stays so until the commit:
   * nobody can take over in between.
   */
  isCurrent(name: string, fence: number): Promise<boolean>
  /** Ends a term early, so that another node need not wait. */
  release(name: string, fence: number): Promise<void>
}

/** Uses of one credential in one hour. */
export interface UsageBucket {
  /** Seconds since the epoch; a multiple of 3600. */
  readonly hour: number
  readonly uses: number
}

/** Uses of one credential in one hour, to be added to what is there. */
export interface UsageAddition extends UsageBucket {
  readonly credentialId: string
}

/** How often credentials were used, by hours. */
export interface UsageStore {
  /** Adds to the counts: all of it, or nothing. */
  add(additions: readonly UsageAddition[]): Promise<void>
  /** The hours of one credential from `from` to before `to` that have uses, oldest first. */
  series(credentialId: string, from: number, to: number): Promise<readonly UsageBucket[]>
  /** Deletes at most `limit` buckets of hours before; answers how many went. */
  sweep(before: number, limit: number): Promise<number>
}
