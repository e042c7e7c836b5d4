import { systemClock, toSeconds, type Clock } from './clock.ts'
import { assertConfig, UnavailableError } from './errors.ts'
import { replayName, type ClaimOutcome, type ReplayClaim, type ReplayStore } from './replay.ts'

/** How a {@link memoryReplay} remembers. */
export interface MemoryReplayOptions {
  /** Uses remembered at once, about 150 bytes each. Full, it fails closed. @defaultValue 500 000 */
  readonly maxEntries?: number
  /** Tells when the memory begins. @defaultValue the system clock */
  readonly clock?: Clock
  readonly unsafe?: {
    /**
     * Accept what was signed before this process began: a request captured before a restart works
     * once more after it. For tests, and where nothing can have been accepted before.
     */
    readonly noFence?: boolean
  }
}

/**
 * Remembers uses in this process, for one process. After a restart everything signed before it (by
 * the fastest clock that is accepted) is fenced, so that nothing replays across it: for the seconds
 * of the tolerance callers are told to try again.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 */
export function memoryReplay(options: MemoryReplayOptions = {}): ReplayStore {
  const { maxEntries = 500_000, clock = systemClock, unsafe } = options
  assertConfig(
    Number.isInteger(maxEntries) && maxEntries > 0,
    'CS_CONFIG_REPLAY_ENTRIES',
    'memoryReplay: maxEntries is a positive integer',
  )
  const begins = unsafe?.noFence === true ? Number.NEGATIVE_INFINITY : toSeconds(clock())
  const memory = new Memory(maxEntries)
  return Object.freeze({
    claim: (claim: ReplayClaim, now: number): ClaimOutcome => {
      // Written so that a time which is no number is fenced too.
      const remembered = claim.signedAt > begins + claim.toleranceSeconds
      return remembered ? memory.add(replayName(claim), claim.expiresAt, now) : 'fenced'
    },
  })
}

/** Names by the second in which they may be forgotten: forgetting costs nothing per name. */
class Memory {
  readonly #names = new Set<string>()
  readonly #bySecond = new Map<number, string[]>()
  readonly #maxEntries: number
  /** What expires before this was forgotten. It never moves back, whatever the clock does. */
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  add(name: string, expiresAt: number, now: number): ClaimOutcome {
    this.#sweep(now)
    if (this.#names.has(name)) return 'replayed'
    // The clock was set back: a use that expires now may be one that was forgotten meanwhile.
    if (Math.ceil(expiresAt) < this.#sweptAt) return 'fenced'
    if (this.#names.size >= this.#maxEntries) {
      // Dropping an entry would let its request in again.
      throw new UnavailableError('replay', 'the replay memory is full; raise maxEntries')
    }
    this.#names.add(name)
    const second = Math.ceil(expiresAt)
    const group = this.#bySecond.get(second)
    if (group === undefined) this.#bySecond.set(second, [name])
    else group.push(name)
    return 'claimed'
  }

  #sweep(now: number): void {
    if (now <= this.#sweptAt) return
    this.#sweptAt = now
    for (const [second, group] of this.#bySecond) {
      // Asked this way, a second that is no number is kept, and not forgotten at once.
      if (!(second < now)) continue
      for (const name of group) this.#names.delete(name)
      this.#bySecond.delete(second)
    }
  }
}
