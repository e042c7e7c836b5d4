import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
} from 'kysely'
import type { SqliteConnection } from './connection.ts'
import type { WriterLock } from './lock.ts'

/** Kysely's word on SQLite, with two corrections that hold for our driver. */
class NodeSqliteAdapter extends SqliteAdapter {
  /** The writer lock is ours: it can tell waiting for another from waiting for oneself. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** `begin immediate` makes a migration all or nothing, and is the lock between two processes. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

const driver = (connection: SqliteConnection, lock: WriterLock | undefined): Driver => ({
  init: async () => {},
  acquireConnection: async () => {
    await lock?.acquire()
    return connection
  },
  releaseConnection: async () => lock?.release(),
  beginTransaction: () => connection.begin(),
  commitTransaction: () => connection.commit(),
  rollbackTransaction: () => connection.rollback(),
  destroy: async () => connection.close(),
})

/**
 * A Kysely dialect over `node:sqlite`.
 *
 * @param lock - For the connection that writes; a connection that only reads needs none, because
 *   every statement of `node:sqlite` is complete when it returns.
 */
export const sqliteDialect = (connection: SqliteConnection, lock?: WriterLock): Dialect => ({
  createDriver: (): Driver => driver(connection, lock),
  createAdapter: (): DialectAdapter => new NodeSqliteAdapter(),
  createQueryCompiler: (): QueryCompiler => new SqliteQueryCompiler(),
  createIntrospector: (db: Kysely<never>): DatabaseIntrospector => new SqliteIntrospector(db),
})
