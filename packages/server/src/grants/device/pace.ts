/** How often a device may ask whether somebody has decided (RFC 8628 §3.5). */

/** Holds devices to their interval. */
export interface PollPace {
  /** Notes a poll; reports whether it came too soon. Each that does makes the interval longer. */
  isTooSoon(deviceCodeId: string, nowMs: number): boolean
}

/** Seconds between two polls, as the device is told. */
export const POLL_INTERVAL_SECONDS = 5
/** RFC 8628 §3.5: what a device that was told `slow_down` adds, for good. */
const SLOWER_SECONDS = 5
/** Timers and networks are not exact; a device that waits for its interval is never told to slow down. */
const TOLERANCE_MS = 500
/** A device that is forgotten is asked for the first interval again, and no more. */
const MAX_DEVICES = 20_000

/** Makes the pace. In the memory of the process: a device may poll each process at its interval. */
export function pollPace(): PollPace {
  const devices = new Map<string, { readonly atMs: number; readonly intervalSeconds: number }>()
  return {
    isTooSoon(id, nowMs) {
      const last = devices.get(id)
      const before = last?.intervalSeconds ?? POLL_INTERVAL_SECONDS
      const soon = last !== undefined && nowMs - last.atMs < before * 1000 - TOLERANCE_MS
      devices.delete(id)
      devices.set(id, { atMs: nowMs, intervalSeconds: soon ? before + SLOWER_SECONDS : before })
      const [oldest] = devices.keys()
      if (devices.size > MAX_DEVICES && oldest !== undefined) devices.delete(oldest)
      return soon
    },
  }
}
