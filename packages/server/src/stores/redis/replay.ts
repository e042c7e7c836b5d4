import { hash } from 'node:crypto'
import { replayName, type ClaimOutcome, type Clock, type ReplayClaim } from 'countersign'
import type { StoredReplay, StoredReplayOptions } from '../../replay/stored-replay.ts'
import { BEGIN, CLAIM, RAISE, REMEMBERS } from './claim.ts'
import { UnknownScriptError, type RedisConnection } from './connection.ts'
import { run, runKnown } from './script.ts'

/** What a memory in Redis stands on. */
export interface RedisReplayOptions extends StoredReplayOptions {
  /** The durable fence, in SQL. */
  readonly fence: Pick<StoredReplay, 'raiseFence'>
  readonly clock: Clock
  /** Hears that the server had forgotten, and that the fence was raised. */
  readonly onLoss?: () => void
}

/** Makes memories of single uses on a connection. */
export type OpenReplay = (options: RedisReplayOptions) => StoredReplay

/**
 * Single uses in Redis, one script per claim. A server that was restarted, emptied or replaced by its
 * replica has forgotten uses: it does not know our script any more, or has no record of its memory.
 * Then the fence is raised, first in SQL and then on the server, before the next claim is answered: what
 * was signed before is refused, nothing replays (SR-107).
 *
 * @throws `UnavailableError` when either store cannot be reached: fail closed.
 */
export function redisReplay(
  connection: RedisConnection,
  prefix: string,
  options: RedisReplayOptions,
): StoredReplay {
  const memory = new Memory(connection, `{${prefix}:replay}`, options)
  return Object.freeze({
    claim: (claim: ReplayClaim, now: number) => memory.claim(claim, now),
    raiseFence: (at: number) => memory.raiseFence(Math.ceil(at)),
  })
}

class Memory {
  readonly #connection: RedisConnection
  readonly #tag: string
  readonly #options: RedisReplayOptions
  #beginning: Promise<void> | undefined

  constructor(connection: RedisConnection, tag: string, options: RedisReplayOptions) {
    this.#connection = connection
    this.#tag = tag
    this.#options = options
  }

  async claim(claim: ReplayClaim, now: number): Promise<ClaimOutcome> {
    const answer = await this.#ask(claim, now)
    if (answer !== 'lost') return answer
    await this.#begin()
    const again = await this.#ask(claim, now)
    // Lost again at once: nobody knows what it remembers.
    return again === 'lost' ? 'fenced' : again
  }

  async raiseFence(at: number): Promise<void> {
    await this.#begin()
    await run(this.#connection, RAISE, { keys: [this.#record], values: [String(at)] })
    await this.#options.fence.raiseFence(at)
  }

  async #ask(claim: ReplayClaim, now: number): Promise<ClaimOutcome | 'lost'> {
    const { signedAt, toleranceSeconds, expiresAt } = claim
    const noFence = this.#options.unsafe?.noFence === true
    const signedAfter = noFence ? Number.MAX_SAFE_INTEGER : Math.floor(signedAt - toleranceSeconds)
    const use = `${this.#tag}:${hash('sha256', replayName(claim), 'base64url')}`
    const times = [signedAfter, expiresAt * 1000, now * 1000]
    const call = { keys: [this.#record, use], values: times.map(String) }
    try {
      return outcomeOf(await runKnown(this.#connection, CLAIM, call))
    } catch (error) {
      if (error instanceof UnknownScriptError) return 'lost'
      throw error
    }
  }

  get #record(): string {
    return `${this.#tag}:memory`
  }

  /** Once for all who found out at the same time. */
  #begin(): Promise<void> {
    this.#beginning ??= this.#beginAnew().finally(() => {
      this.#beginning = undefined
    })
    return this.#beginning
  }

  async #beginAnew(): Promise<void> {
    const keys = [this.#record]
    const remembers = await run(this.#connection, REMEMBERS, { keys, values: [] })
    const { clock, fence, onLoss } = this.#options
    const at = Math.ceil(clock() / 1000)
    if (remembers !== 1) await fence.raiseFence(at)
    // Together: a server that restarts in between must not learn the script without the fence.
    const [began] = await this.#connection.together(
      ['EVAL', BEGIN.source, '1', this.#record, String(at)],
      ['SCRIPT', 'LOAD', CLAIM.source],
    )
    if (began === 1) onLoss?.()
  }
}

const OUTCOMES: readonly (ClaimOutcome | 'lost')[] = ['claimed', 'replayed', 'fenced', 'lost']

/** Whatever else it may say, it does not remember. */
const outcomeOf = (answer: unknown): ClaimOutcome | 'lost' =>
  OUTCOMES.find((outcome) => outcome === answer) ?? 'lost'
