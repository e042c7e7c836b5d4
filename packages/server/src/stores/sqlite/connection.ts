import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { UnavailableError } from 'countersign'
import { CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely'
import { assertStorable } from '../sql/storable.ts'
import { whileBusy } from './busy.ts'
import { isBusy, translate } from './failure.ts'

interface Prepared {
  readonly statement: StatementSync
  readonly answersRows: boolean
}

/** Far above the number of different statements of the store; a bound all the same. */
const MAX_STATEMENTS = 256

/** IMMEDIATE: takes the write lock first, so that no transaction fails half-way for want of it. */
const BEGIN = CompiledQuery.raw('begin immediate')
const COMMIT = CompiledQuery.raw('commit')
const ROLLBACK = CompiledQuery.raw('rollback')

/**
 * A `node:sqlite` database as Kysely wants to see it. Statements are prepared once and kept. A lock
 * that another process holds is waited for without blocking the event loop, at most
 * `busyTimeoutMs`; after that the call fails with `UnavailableError`.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #busyTimeoutMs: number
  readonly #prepared = new Map<string, Prepared>()
  #begun = false

  constructor(database: DatabaseSync, busyTimeoutMs: number) {
    this.#database = database
    this.#busyTimeoutMs = busyTimeoutMs
  }

  /** Runs one statement. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return this.#run(query)
    } catch (error) {
      if (!isBusy(error)) throw translate(error)
    }
    try {
      return await whileBusy(this.#busyTimeoutMs, () => this.#run<R>(query))
    } catch (error) {
      throw translate(error)
    }
  }

  /** All rows at once: an open cursor would keep the write-ahead log from being checkpointed. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  /** Opens a transaction that may write. */
  async begin(): Promise<void> {
    await this.executeQuery(BEGIN)
    this.#begun = true
  }

  /** Makes the transaction durable: with `synchronous=FULL` the log is on the disk on return. */
  async commit(): Promise<void> {
    await this.executeQuery(COMMIT)
    this.#begun = false
  }

  /** Undoes the transaction, if SQLite has not done so itself. */
  async rollback(): Promise<void> {
    this.#begun = false
    if (this.#database.isTransaction) await this.executeQuery(ROLLBACK)
  }

  /** Forgets the statements and closes the database. */
  close(): void {
    this.#prepared.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    // A full disk makes SQLite roll back by itself; the rest of that transaction must not be
    // committed statement by statement.
    if (this.#begun && !this.#database.isTransaction) {
      throw new UnavailableError('store', 'the database gave up the transaction')
    }
    assertStorable(parameters)
    const { statement, answersRows } = this.#prepared.get(sql) ?? this.#prepare(sql)
    // Kysely does not know the driver's types; `node:sqlite` refuses at runtime what it cannot bind.
    const values = parameters as readonly SQLInputValue[]
    // The row type is Kysely's, derived from the schema; strict tables hold the database to it.
    if (answersRows) return { rows: statement.all(...values) as R[] }
    const { changes } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  #prepare(sql: string): Prepared {
    const statement = this.#database.prepare(sql)
    const prepared = { statement, answersRows: statement.columns().length > 0 }
    if (this.#prepared.size >= MAX_STATEMENTS) this.#prepared.clear()
    this.#prepared.set(sql, prepared)
    return prepared
  }
}
