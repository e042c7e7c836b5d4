import type { Logger } from 'pino'
import type { CredentialStore } from '../model/store.ts'

/** What last-used times are kept with. */
export interface LastUsedOptions {
  readonly store: Pick<CredentialStore, 'touch'>
  readonly log: Logger
  /** Credentials held before a batch is written early. @defaultValue 100 000 */
  readonly maxEntries?: number
  /** Milliseconds between batches; 0 leaves the timing to the owner. @defaultValue 30 000 */
  readonly intervalMs?: number
}

/** Notes uses of credentials and writes them in batches. */
export interface LastUsed {
  /** Notes a use, in seconds since the epoch. Costs a map entry; never waits. */
  used(credentialId: string, at: number): void
  flush(): Promise<void>
  /** Writes what is held, and stops. */
  close(): Promise<void>
}

/** Makes the last-used times of an authority. */
export function createLastUsed(options: LastUsedOptions): LastUsed {
  const { store, log, maxEntries = 100_000, intervalMs = 30_000 } = options
  let uses = new Map<string, number>()

  const flush = async (): Promise<void> => {
    if (uses.size === 0) return
    const batch = uses
    uses = new Map()
    try {
      await store.touch(batch)
    } catch (error) {
      // Later uses win; what does not fit is only a little less recent.
      for (const [id, at] of batch) if (uses.size < maxEntries && !uses.has(id)) uses.set(id, at)
      throw error
    }
  }
  const flushQuietly = (): void => {
    flush().catch((error: unknown) => {
      log.warn({ err: error }, 'last-used times cannot be written')
    })
  }
  const timer = intervalMs > 0 ? setInterval(flushQuietly, intervalMs).unref() : undefined

  return {
    used(credentialId, at) {
      if (!uses.has(credentialId) && uses.size >= maxEntries) flushQuietly()
      const known = uses.get(credentialId) ?? 0
      if (at > known) uses.set(credentialId, at)
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}
