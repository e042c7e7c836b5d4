/** The migrations, one file each, as SQL text with the words of a {@link Flavour} filled in. */
import { sql, type Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'
import type { Flavour } from './flavour.ts'
import { start } from './0001-start.ts'
import { signing } from './0002-signing.ts'
import { boundTokens } from './0003-bound-tokens.ts'
import { certificates } from './0004-certificates.ts'
import { authorization } from './0005-authorization.ts'
import { exchangedTokens } from './0006-exchanged-tokens.ts'
import { registration } from './0007-registration.ts'
import { sweeping } from './0008-sweeping.ts'
import { limits } from './0009-limits.ts'
import { operation } from './0010-operation.ts'

/** The statements of a migration for one database. */
type Statements = (flavour: Flavour, now: number) => readonly string[]

/** In order; forward only. One that was released is never edited: a change is a new file. */
const MIGRATIONS: Readonly<Record<string, Statements>> = {
  '0001-start': start,
  '0002-signing': signing,
  '0003-bound-tokens': boundTokens,
  '0004-certificates': certificates,
  '0005-authorization': authorization,
  '0006-exchanged-tokens': exchangedTokens,
  '0007-registration': registration,
  '0008-sweeping': sweeping,
  '0009-limits': limits,
  '0010-operation': operation,
}

/** The names of the migrations that this program knows. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS).toSorted()

/**
 * The migrations as Kysely runs them.
 *
 * @param now - Seconds since the epoch, for rows that a migration makes.
 */
export const migrationProvider = (flavour: Flavour, now: number): MigrationProvider => ({
  getMigrations: async (): Promise<Record<string, Migration>> =>
    Object.fromEntries(
      Object.entries(MIGRATIONS).map(([name, statements]) => [
        name,
        { up: (db: Kysely<never>) => run(db, statements(flavour, now)) },
      ]),
    ),
})

async function run(db: Kysely<never>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
