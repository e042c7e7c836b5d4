import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
} from 'kysely'
import type { SqliteConnection } from './connection.ts'
import { GroupWriter, type Turn } from './group-writer.ts'

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

/** For a connection that only reads: every statement of `node:sqlite` is complete when it returns. */
const readingDriver = (connection: SqliteConnection): Driver => ({
  init: async () => {},
  acquireConnection: async () => connection,
  releaseConnection: async () => {},
  beginTransaction: () => connection.begin(),
  commitTransaction: () => connection.commit(),
  rollbackTransaction: () => connection.rollback(),
  destroy: async () => connection.close(),
})

const writingDriver = (connection: SqliteConnection, writer: GroupWriter): Driver => ({
  init: async () => {},
  acquireConnection: () => writer.acquire(),
  releaseConnection: (turn) => asTurnOfWriter(turn).release(),
  beginTransaction: (turn) => asTurnOfWriter(turn).begin(),
  commitTransaction: (turn) => asTurnOfWriter(turn).commit(),
  rollbackTransaction: (turn) => asTurnOfWriter(turn).rollback(),
  destroy: async () => connection.close(),
})

/** Kysely hands back what `acquireConnection` gave it. */
const asTurnOfWriter = (turn: DatabaseConnection): Turn => turn as Turn

/**
 * A Kysely dialect over `node:sqlite`.
 *
 * @param writer - For the connection that writes; without it, the connection only reads.
 */
export const sqliteDialect = (connection: SqliteConnection, writer?: GroupWriter): Dialect => ({
  createDriver: (): Driver =>
    writer === undefined ? readingDriver(connection) : writingDriver(connection, writer),
  createAdapter: (): DialectAdapter => new NodeSqliteAdapter(),
  createQueryCompiler: (): QueryCompiler => new SqliteQueryCompiler(),
  createIntrospector: (db: Kysely<never>): DatabaseIntrospector => new SqliteIntrospector(db),
})
