import { sha256 } from '#crypto'
import { randomBase62 } from '../core/random.ts'
import type { MaybePromise } from '../core/maybe.ts'

/**
 * Makes a function that names credentials in caches without holding them: SHA-256 under a random
 * prefix of this process. Two processes, or two restarts, have different names for one credential,
 * so that nothing in a heap dump can be compared with anything, and no caller can aim for a bucket.
 *
 * A prefix is enough and half the price of an HMAC: the names never leave the process, so that
 * there is nothing to extend. The prefix has a fixed length.
 */
export function fingerprinter(): (credential: string) => MaybePromise<string> {
  const prefix = randomBase62(43)
  return (credential) => sha256(prefix + credential)
}
