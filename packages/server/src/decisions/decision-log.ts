import type { Clock, DecisionRecord } from 'countersign'
import type { Logger } from 'pino'
import type { DecisionLog } from '../context.ts'
import type { StoredDecision } from '../model/records.ts'
import type { DecisionStore } from '../model/store.ts'
import { redact } from './redact.ts'

/** What a decision log is made of. */
export interface DecisionLogOptions {
  readonly store: DecisionStore
  readonly clock: Clock
  readonly log: Logger
  /** @defaultValue 100 000 */
  readonly maxRows?: number
  /** @defaultValue one week */
  readonly retentionSeconds?: number
  /** Decisions that wait to be written; more are dropped and counted. @defaultValue 10 000 */
  readonly maxBuffered?: number
  /** Milliseconds between two batches; 0 leaves the timing to the owner. @defaultValue 1000 */
  readonly intervalMs?: number
}

/** A {@link DecisionLog} with an end. */
export interface ManagedDecisionLog extends DecisionLog {
  /** Decisions that were not kept, because the store was slower than the requests. */
  readonly dropped: number
  /** Deletes what is too old or too much. Runs by itself once a minute. */
  sweep(): Promise<number>
  /** Writes what is buffered, and stops. */
  close(): Promise<void>
}

const SWEEP_EVERY_MS = 60_000

/** Makes the decision log of an authority. */
export const createDecisionLog = (options: DecisionLogOptions): ManagedDecisionLog =>
  new BufferedDecisionLog(options)

class BufferedDecisionLog implements ManagedDecisionLog {
  readonly #store: DecisionStore
  readonly #options: DecisionLogOptions
  readonly #maxBuffered: number
  readonly #timer: NodeJS.Timeout | undefined
  /** In order of arrival; being written counts as buffered, so that `find` never misses. */
  readonly #buffer = new Map<string, DecisionRecord>()
  #writing: Promise<void> | undefined
  #sweptAt: number
  dropped = 0

  constructor(options: DecisionLogOptions) {
    const { store, clock, maxBuffered = 10_000, intervalMs = 1000 } = options
    this.#store = store
    this.#options = options
    this.#maxBuffered = maxBuffered
    this.#sweptAt = clock()
    if (intervalMs > 0) this.#timer = setInterval(() => void this.#tick(), intervalMs).unref()
  }

  record(decision: DecisionRecord): void {
    if (this.#buffer.size >= this.#maxBuffered) this.dropped += 1
    else this.#buffer.set(decision.decisionId, decision)
  }

  async find(id: string): Promise<DecisionRecord | undefined> {
    const buffered = this.#buffer.get(id)
    const stored = buffered === undefined ? await this.#store.find(id) : storedOf(buffered)
    // What this class wrote; the table is nobody else's.
    return stored === undefined ? undefined : (JSON.parse(stored.json) as DecisionRecord)
  }

  /** One batch at a time; a call during a batch waits for it and writes the rest. */
  async flush(): Promise<void> {
    await this.#writing
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    await this.#writing
  }

  async sweep(): Promise<number> {
    const { clock, maxRows = 100_000, retentionSeconds = 604_800 } = this.#options
    this.#sweptAt = clock()
    return this.#store.sweep(this.#sweptAt - retentionSeconds * 1000, maxRows)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  async #write(): Promise<void> {
    if (this.#buffer.size === 0) return
    const batch = [...this.#buffer.values()]
    await this.#store.insertMany(batch.map(storedOf))
    for (const { decisionId } of batch) this.#buffer.delete(decisionId)
  }

  /** A failed batch stays buffered and is tried again; the bound of the buffer holds meanwhile. */
  async #tick(): Promise<void> {
    try {
      await this.flush()
      if (this.#options.clock() - this.#sweptAt >= SWEEP_EVERY_MS) await this.sweep()
    } catch (error) {
      this.#options.log.warn({ err: error, dropped: this.dropped }, 'decisions cannot be written')
    }
  }
}

function storedOf(decision: DecisionRecord): StoredDecision {
  const { decisionId: id, tenant, atMs } = decision
  const json = JSON.stringify(decision, (_, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return { id, tenant, atMs, json }
}
