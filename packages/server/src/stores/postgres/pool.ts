import { setImmediate } from 'node:timers/promises'
import { UnavailableError } from 'countersign'
import { Pool, types, type PoolClient } from 'pg'
import type { Address } from './address.ts'
import { translate } from './failure.ts'

/** Bounds on connections and waits. All times in milliseconds. */
export interface PoolLimits {
  /** Connections of this process. @defaultValue 10 */
  readonly maxConnections?: number
  /** Waiting for a connection, a new one or one that is free. @defaultValue 5000 */
  readonly connectTimeoutMs?: number
  /** One statement, told to the server inside a transaction and kept here outside. @defaultValue 10000 */
  readonly statementTimeoutMs?: number
  /** Waiting for a row or a turn that another transaction holds. @defaultValue 5000 */
  readonly lockTimeoutMs?: number
}

/** {@link PoolLimits}, complete. */
export const POOL_DEFAULTS = {
  maxConnections: 10,
  connectTimeoutMs: 5000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5000,
} as const satisfies Required<PoolLimits>

/** A pool that can be drained: what was asked before `close` is answered. */
export interface Connections {
  readonly limits: Required<PoolLimits>
  acquire(): Promise<PoolClient>
  release(client: PoolClient, broken?: boolean): void
  close(): Promise<void>
}

/**
 * Opens a pool; connects when the first statement is run.
 *
 * Nothing is set on a connection when it opens: behind PgBouncer in transaction mode it is not the
 * same connection at the next transaction.
 */
export function openPool({ connectionString, ssl }: Address, given: PoolLimits = {}): Connections {
  const limits = { ...POOL_DEFAULTS, ...given }
  const pool = new Pool({
    connectionString,
    ssl,
    keepAlive: true,
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    // A little longer than the server's own: its answer says more.
    query_timeout: limits.statementTimeoutMs + 2000,
    application_name: 'countersign',
    types: {
      // Every number of the store is below 2^53.
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
    },
  })
  // A connection that dies while nobody uses it: the pool drops it, the next one is new.
  pool.on('error', ignore)
  return new DrainingPool(pool, limits)
}

const ignore = (): void => {}

class DrainingPool implements Connections {
  readonly limits: Required<PoolLimits>
  readonly #pool: Pool
  #outstanding = 0
  #closed: Promise<void> | undefined
  #isRefusing = false
  #whenIdle: (() => void) | undefined

  constructor(pool: Pool, limits: Required<PoolLimits>) {
    this.#pool = pool
    this.limits = limits
  }

  async acquire(): Promise<PoolClient> {
    if (this.#isRefusing) throw new UnavailableError('store', 'the store is closed')
    this.#outstanding += 1
    try {
      const client = await this.#pool.connect()
      // The pool listens to idle connections only: one that ends between two statements of a
      // transaction must not end the process. The next statement says what happened.
      client.on('error', ignore)
      return client
    } catch (error) {
      this.#settle()
      throw translate(error)
    }
  }

  release(client: PoolClient, broken = false): void {
    client.off('error', ignore)
    client.release(broken)
    this.#settle()
  }

  close(): Promise<void> {
    this.#closed ??= this.#drain()
    return this.#closed
  }

  async #drain(): Promise<void> {
    // Calls of this very turn have not asked for their connection yet.
    await setImmediate()
    this.#isRefusing = true
    if (this.#outstanding > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    await this.#pool.end()
  }

  #settle(): void {
    this.#outstanding -= 1
    if (this.#outstanding === 0) this.#whenIdle?.()
  }
}
