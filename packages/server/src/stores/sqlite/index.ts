/**
 * The embedded store: SQLite through `node:sqlite`, in one file, no native addon. What it adds to
 * `stores/sql` is how a file is opened, locked and watched.
 */
export { StoreOpenError, type StoreOpenCode } from '../../model/errors.ts'
export type { MigrationStatus } from '../sql/migrate.ts'
export { migrateSqlite, openSqlite, sqliteStatus, type SqliteOptions } from './open.ts'
