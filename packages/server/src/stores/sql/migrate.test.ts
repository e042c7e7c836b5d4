import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openMemory } from '../sqlite/database.ts'
import { sqliteFlavour } from '../sqlite/flavour.ts'
import { migrate, migrationStatus } from './migrate.ts'
import { MIGRATION_NAMES } from './migrations/index.ts'

test('a migration that fails half-way leaves nothing of itself', async () => {
  const database = openMemory(0)
  const options = { flavour: sqliteFlavour, name: 'memory', now: 7 }
  const broken = { ...sqliteFlavour, appendOnly: () => ['create nonsense'] }
  await assert.rejects(migrate(database.write, { ...options, flavour: broken }), /nonsense/)
  const names = sql<{ name: string }>`select name from sqlite_schema where type = 'table'`
  const tables = (await names.execute(database.write)).rows.map(({ name }) => name)
  assert.deepEqual(tables.toSorted(), ['migration', 'migration_lock'])
  assert.deepEqual(await migrationStatus(database.write, 'memory'), {
    current: null,
    pending: MIGRATION_NAMES,
  })
  assert.deepEqual(await migrate(database.write, options), MIGRATION_NAMES)
  const tenant = await database.read.selectFrom('tenant').selectAll().executeTakeFirst()
  assert.equal(tenant?.created_at, 7)
  await database.close()
})
