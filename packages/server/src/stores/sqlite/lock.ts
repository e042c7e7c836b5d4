import { AsyncLocalStorage } from 'node:async_hooks'

/** One transaction, as the call stack knows it. */
interface Turn {
  outer: Turn | undefined
}

const turns = new AsyncLocalStorage<Turn>()

/**
 * Runs `work` as one turn at the writer: a call inside it that waits for the writer again is found
 * out by {@link WriterLock.acquire} instead of waiting for itself for ever.
 */
export async function asTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn: Turn = { outer: turns.getStore() }
  try {
    return await turns.run(turn, work)
  } finally {
    // What was started inside and lives on must not keep a chain of finished turns in memory.
    turn.outer = undefined
  }
}

/** First come, first served access to the one connection that writes. */
export class WriterLock {
  #held = false
  #owner: Turn | undefined
  readonly #waiting: (() => void)[] = []

  /**
   * Resolves when the writer is free.
   *
   * @throws an `Error` when the caller is inside the transaction that holds the writer.
   */
  async acquire(): Promise<void> {
    const turn = turns.getStore()
    if (this.#owner !== undefined && isWithin(turn, this.#owner)) {
      throw new Error('inside a transaction, use its session: the store itself would wait for it')
    }
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#held = true
    this.#owner = turn
  }

  /** Hands the writer to whoever waits longest. */
  release(): void {
    this.#owner = undefined
    const next = this.#waiting.shift()
    // Stays held while it changes hands, so that a newcomer cannot slip in between.
    if (next === undefined) this.#held = false
    else next()
  }
}

function isWithin(turn: Turn | undefined, owner: Turn): boolean {
  for (let at = turn; at !== undefined; at = at.outer) if (at === owner) return true
  return false
}
