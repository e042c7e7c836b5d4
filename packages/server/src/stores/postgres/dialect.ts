import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type TransactionSettings,
} from 'kysely'
import { PostgresConnection } from './connection.ts'
import type { Connections } from './pool.ts'

/** Ours alone are handed out by this driver. */
const own = (connection: DatabaseConnection): PostgresConnection => {
  if (connection instanceof PostgresConnection) return connection
  throw new TypeError('a connection of another driver')
}

/** The driver over a pool. `serializable` is how the store asks for an exclusive transaction. */
const driver = (connections: Connections, admit: () => void): Driver => ({
  init: async () => {},
  acquireConnection: async () => {
    admit()
    return new PostgresConnection(await connections.acquire())
  },
  releaseConnection: async (connection) => {
    const { client, isBroken } = own(connection)
    connections.release(client, isBroken)
  },
  beginTransaction: (connection, { isolationLevel }: TransactionSettings) =>
    own(connection).begin({
      limits: connections.limits,
      exclusive: isolationLevel === 'serializable',
    }),
  commitTransaction: (connection) => own(connection).commit(),
  rollbackTransaction: (connection) => own(connection).rollback(),
  destroy: () => connections.close(),
})

/**
 * A Kysely dialect over a pool of `pg`.
 *
 * @param admit - Throws where no connection may be asked for.
 */
export const postgresDialect = (connections: Connections, admit: () => void): Dialect => ({
  createDriver: () => driver(connections, admit),
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db) => new PostgresIntrospector(db),
})
