import { sql, type Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { StoreOpenError } from '../../model/errors.ts'
import type { Flavour } from './migrations/flavour.ts'
import { MIGRATION_NAMES, migrationProvider } from './migrations/index.ts'
import type { Sql } from './db.ts'

/** Where the schema of a database stands. */
export interface MigrationStatus {
  /** The last migration that was applied; null for a database without a schema. */
  readonly current: string | null
  /** What this program would apply, in order. */
  readonly pending: readonly string[]
}

const MIGRATION_TABLE = 'migration'
const LOCK_TABLE = 'migration_lock'

/** How to migrate one database. */
export interface MigrateOptions {
  readonly flavour: Flavour
  /** What errors call the database. */
  readonly name: string
  /** Seconds since the epoch, for the rows that a migration makes. */
  readonly now: number
}

/**
 * Says which migrations were applied and which are pending. Reads only.
 *
 * @param name - What errors call the database.
 * @throws {@link StoreOpenError} `newer-schema` when the database has one this program does not know.
 */
export async function migrationStatus(db: Sql, name: string): Promise<MigrationStatus> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const applied = tables.some((table) => table.name === MIGRATION_TABLE)
    ? await appliedNames(db)
    : []
  const unknown = applied.find((migration) => !MIGRATION_NAMES.includes(migration))
  if (unknown !== undefined) throw newer(name, unknown)
  const pending = MIGRATION_NAMES.filter((migration) => !applied.includes(migration))
  return { current: applied.toSorted().at(-1) ?? null, pending }
}

/**
 * Applies what is pending, all of it or none, and answers the names. Of two processes that start at
 * once one migrates; the other waits for the lock and finds nothing left to do.
 *
 * @throws {@link StoreOpenError} `newer-schema`; the database's own error when a migration fails.
 */
export async function migrate(
  db: Sql,
  { flavour, name, now }: MigrateOptions,
): Promise<readonly string[]> {
  const { pending } = await migrationStatus(db, name)
  if (pending.length === 0) return []
  const migrator = new Migrator({
    db,
    provider: migrationProvider(flavour, now),
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return (results ?? []).map(({ migrationName }) => migrationName)
}

async function appliedNames(db: Kysely<never> | Sql): Promise<readonly string[]> {
  const { rows } = await sql<{
    name: string
  }>`select name from ${sql.table(MIGRATION_TABLE)}`.execute(db)
  return rows.map(({ name }) => name)
}

const newer = (name: string, migration: string): StoreOpenError =>
  new StoreOpenError(
    'newer-schema',
    `${name} was written by a newer version of Countersign (it has "${migration}"); update this program`,
  )
