/** The store that the configuration names, whichever it is. Each database is loaded when it is asked for. */
import { existsSync } from 'node:fs'
import type { AuthorityOptions } from '@countersign/server'
import type { ResolvedConfig } from '@countersign/server/config'

/** Where the schema of a store stands. */
export interface StoreStatus {
  readonly current: string | null
  readonly pending: readonly string[]
}

/** The store of an installation, as commands need it. */
export interface ConfiguredStore {
  /** For people: a path, or a URL without user and password. */
  readonly name: string
  /** Reports whether somebody has made its schema. */
  exists(): Promise<boolean>
  /** Opens it, making and migrating it as needed. */
  open(): Promise<AuthorityOptions['store']>
  status(): Promise<StoreStatus>
  /** Answers the names of what was applied. */
  migrate(): Promise<readonly string[]>
}

/** The Redis that a configuration names, or undefined. */
export async function configuredRedis({
  redis,
}: Pick<ResolvedConfig, 'redis'>): Promise<AuthorityOptions['redis']> {
  if (redis === undefined) return undefined
  const { openRedis } = await import('@countersign/server/redis')
  const unsafe = { allowUnverifiedStore: redis.allowUnverified }
  return openRedis({ url: redis.url.reveal(), unsafe })
}

/** The store of a configuration; nothing is touched yet. */
export const configuredStore = ({
  store,
}: Pick<ResolvedConfig, 'store'>): Promise<ConfiguredStore> =>
  store.kind === 'sqlite' ? sqlite(store.path) : postgres(store)

async function sqlite(path: string): Promise<ConfiguredStore> {
  const { migrateSqlite, openSqlite, sqliteStatus } = await import('@countersign/server/sqlite')
  return {
    name: path,
    exists: async () => existsSync(path),
    open: () => openSqlite({ path }),
    status: () => sqliteStatus({ path }),
    migrate: () => migrateSqlite({ path }),
  }
}

async function postgres({
  url,
  allowUnverified,
}: Extract<ResolvedConfig['store'], { kind: 'postgres' }>): Promise<ConfiguredStore> {
  const { migratePostgres, openPostgres, postgresStatus, readAddress } = await import(
    '@countersign/server/postgres'
  )
  const unsafe = { allowUnverifiedStore: allowUnverified }
  const options = { url: url.reveal(), unsafe }
  const { name } = readAddress(options.url, unsafe)
  return {
    name,
    exists: async () => (await postgresStatus(options)).current !== null,
    open: () => openPostgres(options),
    status: () => postgresStatus(options),
    migrate: () => migratePostgres(options),
  }
}
