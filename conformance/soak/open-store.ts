import type { SigningRules } from '../../packages/server/src/keys/rules.ts'
import type { Store } from '../../packages/server/src/model/store.ts'
import { openPostgres } from '../../packages/server/src/stores/postgres/index.ts'
import { openSqlite } from '../../packages/server/src/stores/sqlite/index.ts'

/** Opens the store of a run: a URL of PostgreSQL, or the path of a file. */
export const openStore = (at: string, clock = Date.now): Promise<Store> =>
  at.startsWith('postgres:') ? openPostgres({ url: at, clock }) : openSqlite({ path: at, clock })

/** Reads the rules that {@link SOAK_SIGNING} wrote. */
export const readRules = (text = '{}'): Partial<SigningRules> =>
  // Written by installation.ts.
  JSON.parse(text) as Partial<SigningRules>
