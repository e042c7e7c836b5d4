import { sql } from 'kysely'
import { ConfigError, UnavailableError, type Clock } from 'countersign'
import { StoreOpenError } from '../../model/errors.ts'
import type { Store } from '../../model/store.ts'
import type { Sql } from '../sql/db.ts'
import { migrate, migrationStatus, type MigrationStatus } from '../sql/migrate.ts'
import { sqlStore } from '../sql/store.ts'
import { readAddress } from './address.ts'
import { openDatabase, type Database, type DatabaseOptions } from './database.ts'
import { sqlState } from './failure.ts'
import { postgresFlavour } from './flavour.ts'
import { postgresLimits } from './limits.ts'

/** Where a database is, and how it is opened. */
export interface PostgresOptions extends DatabaseOptions {
  /** Dates the rows that a migration makes. @defaultValue the system clock */
  readonly clock?: Clock
  /** Whether to bring the schema up to date; `false` refuses an older one. @defaultValue true */
  readonly migrate?: boolean
}

const INSUFFICIENT_PRIVILEGE = '42501'

/** PostgreSQL 15. */
const MIN_VERSION = 150_000

/**
 * Opens the store on a PostgreSQL database, migrating it as needed. Every node of an installation
 * opens the same one. What a call of the store has acknowledged is committed.
 *
 * @throws {@link StoreOpenError} with one sentence for the operator.
 */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const database = openDatabase(options)
  const { read, write, changes } = database
  try {
    await assertVersion(read)
    if (options.migrate === false) await refuseOlder(read, nameOf(options))
    else await bringUpToDate(write, options)
  } catch (error) {
    await database.close()
    throw asOpenError(error, nameOf(options))
  }
  return sqlStore({
    db: database,
    limits: postgresLimits(write),
    onChange: (listener) => changes.subscribe(listener),
    ping: async () => void (await sql`select 1`.execute(read)),
    close: () => database.close(),
  })
}

/** Brings the schema up to date and answers the names of the migrations that it applied. */
export const migratePostgres = (options: PostgresOptions): Promise<readonly string[]> =>
  withDatabase(options, ({ write }) => bringUpToDate(write, options))

/** Says where the schema stands, without touching it. */
export const postgresStatus = (options: PostgresOptions): Promise<MigrationStatus> =>
  withDatabase(options, ({ read }) => migrationStatus(read, nameOf(options)))

async function withDatabase<T>(
  options: PostgresOptions,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(options)
  try {
    return await work(database)
  } catch (error) {
    throw asOpenError(error, nameOf(options))
  } finally {
    await database.close()
  }
}

const bringUpToDate = (write: Sql, options: PostgresOptions): Promise<readonly string[]> =>
  migrate(write, {
    flavour: postgresFlavour,
    name: nameOf(options),
    now: Math.floor((options.clock ?? Date.now)() / 1000),
  })

async function refuseOlder(read: Sql, name: string): Promise<void> {
  const { pending } = await migrationStatus(read, name)
  if (pending.length === 0) return
  const names = pending.join(', ')
  throw new StoreOpenError(
    'older-schema',
    `${name} needs ${names}; run \`countersign migrate\` first`,
  )
}

async function assertVersion(read: Sql): Promise<void> {
  const { rows } = await sql<{ version: string }>`
    select current_setting('server_version_num') as version`.execute(read)
  const version = Number(rows[0]?.version ?? 0)
  if (version >= MIN_VERSION) return
  throw new ConfigError(
    'CS_CONFIG_POSTGRES_VERSION',
    `PostgreSQL ${Math.floor(version / 10_000)} is too old: 15 is the first that will do`,
  )
}

/** What errors call the database: host and name, never the password of the URL (SR-501). */
const nameOf = ({ url, unsafe }: PostgresOptions): string => readAddress(url, unsafe).name

function asOpenError(error: unknown, name: string): unknown {
  if (error instanceof UnavailableError) {
    return new StoreOpenError('unreachable', `${name}: ${error.message}`, error)
  }
  const isRefusal = error instanceof Error && sqlState(error) === INSUFFICIENT_PRIVILEGE
  return isRefusal ? new StoreOpenError('not-writable', `${name}: ${error.message}`, error) : error
}
