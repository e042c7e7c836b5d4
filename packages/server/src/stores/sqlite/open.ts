import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import type { Clock } from 'countersign'
import { StoreOpenError } from '../../model/errors.ts'
import type { Store } from '../../model/store.ts'
import { transactionLimits } from '../sql/limits.ts'
import { migrate, migrationStatus, type MigrationStatus } from '../sql/migrate.ts'
import { MIGRATION_NAMES } from '../sql/migrations/index.ts'
import { sqlStore } from '../sql/store.ts'
import { type Database, openFile, openMemory } from './database.ts'
import { prepareFile } from './file.ts'
import { sqliteFlavour } from './flavour.ts'
import { asOpenError } from './open-failure.ts'

/** Where a database is. */
export interface SqliteOptions {
  /** A file, made with mode 0600 if it does not exist; `:memory:` for tests. */
  readonly path: string
  /** Dates the rows that a migration makes. @defaultValue the system clock */
  readonly clock?: Clock
  /**
   * How long a call waits for another process that writes.
   *
   * @defaultValue 5000
   */
  readonly busyTimeoutMs?: number
  /**
   * Whether to bring the schema up to date; `false` refuses an older one instead.
   *
   * @defaultValue true
   */
  readonly migrate?: boolean
}

const MEMORY = ':memory:'
const BUSY_TIMEOUT_MS = 5000

/**
 * Opens the store in a SQLite file, creating and migrating it as needed. What a call of the store
 * has acknowledged is on the disk. Several processes may open one file.
 *
 * @throws {@link StoreOpenError} with one sentence for the operator; a file that is not ours is
 *   left as it is.
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const database = await open(options)
  const { read, changes } = database
  try {
    if (options.migrate === false) await refuseOlder(database, options.path)
    else await bringUpToDate(database, options)
  } catch (error) {
    await database.close()
    throw asOpenError(error, options.path)
  }
  return sqlStore({
    db: database,
    limits: transactionLimits(database),
    onChange: (listener) => changes.subscribe(listener),
    ping: async () => void (await sql`select 1`.execute(read)),
    close: () => database.close(),
  })
}

/**
 * Brings the schema up to date and answers the names of the migrations that it applied.
 *
 * @throws {@link StoreOpenError}
 */
export const migrateSqlite = (options: SqliteOptions): Promise<readonly string[]> =>
  withDatabase(options, (database) => bringUpToDate(database, options))

/**
 * Says where the schema stands, without touching it; a file that does not exist is not created.
 *
 * @throws {@link StoreOpenError}
 */
export async function sqliteStatus(options: SqliteOptions): Promise<MigrationStatus> {
  if (options.path !== MEMORY && !existsSync(options.path)) {
    return { current: null, pending: MIGRATION_NAMES }
  }
  return withDatabase(options, ({ read }) => migrationStatus(read, options.path))
}

async function withDatabase<T>(
  options: SqliteOptions,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await open(options)
  try {
    return await work(database)
  } catch (error) {
    throw asOpenError(error, options.path)
  } finally {
    await database.close()
  }
}

async function open({ path, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): Promise<Database> {
  if (path === MEMORY) return openMemory(busyTimeoutMs)
  const file = prepareFile(path)
  try {
    return await openFile(file, busyTimeoutMs)
  } catch (error) {
    throw asOpenError(error, file)
  }
}

const bringUpToDate = (
  { write }: Database,
  { path, clock = () => Date.now() }: SqliteOptions,
): Promise<readonly string[]> =>
  migrate(write, { flavour: sqliteFlavour, name: path, now: Math.floor(clock() / 1000) })

async function refuseOlder({ read }: Database, path: string): Promise<void> {
  const { pending } = await migrationStatus(read, path)
  if (pending.length === 0) return
  const names = pending.join(', ')
  throw new StoreOpenError(
    'older-schema',
    `${path} needs ${names}; run \`countersign migrate\` first`,
  )
}
