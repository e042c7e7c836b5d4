/** Every default of the library that is a number, with its unit in its name and its reason. */
export const DEFAULTS: {
  readonly clockToleranceSeconds: number
  readonly maxTokenBytes: number
  readonly maxStalenessSeconds: number
  readonly tokenCacheEntries: number
  readonly leaseEntries: number
  readonly negativeLeaseSeconds: number
  readonly maxLeaseSeconds: number
  readonly keySetMaxAgeSeconds: number
  readonly keySetCooldownSeconds: number
  readonly keySetMaxStaleSeconds: number
  readonly fetchTimeoutMs: number
  readonly fetchMaxBytes: number
} = Object.freeze({
  /** Two well-kept clocks differ by less; a stolen token gains no more than this. */
  clockToleranceSeconds: 5,
  /** Node caps all headers together at 16 KiB; a token above 8 KiB breaks most proxies. */
  maxTokenBytes: 8192,
  /** How long a verdict may outlive a broken change feed. */
  maxStalenessSeconds: 10,
  /** About 2 KiB each. */
  tokenCacheEntries: 10_000,
  leaseEntries: 100_000,
  /** Long enough to blunt a flood of one bad key, short enough for a key created a moment ago. */
  negativeLeaseSeconds: 1,
  /**
   * The longest lease, even of a key without expiry: an authority keeps a revocation in its feed
   * for longer than this, so that no lease can outlive the revocation that ended it.
   */
  maxLeaseSeconds: 3600,
  /** How often a key set is refreshed in the background. */
  keySetMaxAgeSeconds: 300,
  /** At most one fetch for unknown `kid`s in this time: a flood of them is free otherwise. */
  keySetCooldownSeconds: 10,
  /** How long keys serve while their source cannot be reached. */
  keySetMaxStaleSeconds: 3600,
  fetchTimeoutMs: 5000,
  fetchMaxBytes: 262_144,
})
