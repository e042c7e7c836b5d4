import { UnavailableError } from 'countersign'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { PoolClient } from 'pg'
import { assertStorable } from '../sql/storable.ts'
import { endsConnection, translate } from './failure.ts'
import type { PoolLimits } from './pool.ts'

/** The turn that transactions of every node take; any number that nobody else uses in this database. */
const TURN = 0x43_53_54_52

/** How a transaction begins. */
export interface Beginning {
  readonly limits: Required<PoolLimits>
  /** Whether it waits until no other exclusive transaction is open, on any node. */
  readonly exclusive: boolean
}

/** A pooled client as Kysely wants to see it. */
export class PostgresConnection implements DatabaseConnection {
  readonly client: PoolClient
  /** Whether the connection must not be used again. */
  isBroken = false

  constructor(client: PoolClient) {
    this.client = client
  }

  /** Runs one statement. */
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    assertStorable(parameters)
    try {
      const { rows, rowCount, command } = await this.client.query<never>(sql, [...parameters])
      // The row type is Kysely's, derived from the schema; the columns' types hold the database to it.
      const answered = rows as readonly unknown[] as R[]
      if (command === 'SELECT') return { rows: answered }
      return { rows: answered, numAffectedRows: BigInt(rowCount ?? 0) }
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** All rows at once: the store reads pages, not tables. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  /**
   * Begins a transaction at READ COMMITTED, in one round trip with its time-outs. An exclusive one
   * takes its turn: what it reads cannot change before it has written.
   */
  async begin({ limits, exclusive }: Beginning): Promise<void> {
    const { statementTimeoutMs: statement, lockTimeoutMs: lock } = limits
    const turn = exclusive ? `; select pg_advisory_xact_lock(${TURN})` : ''
    try {
      await this.client.query(
        `begin isolation level read committed; set local statement_timeout = ${statement}; set local lock_timeout = ${lock}; set local idle_in_transaction_session_timeout = ${2 * statement}${turn}`,
      )
    } catch (error) {
      const failure = this.#failed(error)
      // It waited for its turn in vain: the transaction is open, and must not be somebody else's.
      await this.rollback()
      throw failure
    }
  }

  /** Makes the transaction durable: `synchronous_commit` is the server's, on by default. */
  async commit(): Promise<void> {
    try {
      const { command } = await this.client.query('commit')
      // PostgreSQL answers the commit of a transaction in which a statement failed with a rollback.
      if (command !== 'COMMIT') throw new Error('a statement of the transaction had failed')
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Undoes the transaction; a connection that cannot say so is not used again. */
  async rollback(): Promise<void> {
    if (this.isBroken) return
    try {
      await this.client.query('rollback')
    } catch (error) {
      this.isBroken = true
      if (!(translate(error) instanceof UnavailableError)) throw error
    }
  }

  #failed(error: unknown): unknown {
    this.isBroken ||= endsConnection(error)
    return translate(error)
  }
}
