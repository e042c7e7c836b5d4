import { setTimeout as delay } from 'node:timers/promises'
import { isBusy } from './failure.ts'

/** Between tries for a lock that another process holds: short at first, never a busy loop. */
const DELAYS_MS = [1, 2, 5, 10, 20]
const LAST_DELAY_MS = 25

/**
 * Tries again while another process holds the lock that `attempt` needs, for at most `timeoutMs`.
 * The event loop runs in between, which SQLite's own `busy_timeout` would block.
 *
 * @throws what `attempt` throws, and its busy error when the time is over.
 */
export async function whileBusy<T>(timeoutMs: number, attempt: () => T): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (let count = 0; ; count += 1) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await delay(DELAYS_MS[count] ?? LAST_DELAY_MS)
  }
}
