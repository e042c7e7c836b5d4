/**
 * The store on PostgreSQL, for several nodes. What it adds to `stores/sql` is how connections are
 * pooled, how transactions take turns, and how nodes wake each other.
 */
export { StoreOpenError, type StoreOpenCode } from '../../model/errors.ts'
export type { MigrationStatus } from '../sql/migrate.ts'
export { readAddress, type Address, type UnsafeAddress } from './address.ts'
export { migratePostgres, openPostgres, postgresStatus, type PostgresOptions } from './open.ts'
