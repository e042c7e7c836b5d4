import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { UnavailableError } from 'countersign'
import { sql } from 'kysely'
import { scratchFolder } from '../../testing/scratch.ts'
import { openFile, openMemory } from './database.ts'
import { prepareFile } from './file.ts'

test('a transaction that SQLite gave up by itself is not continued statement by statement', async () => {
  const database = openMemory(0)
  await sql`create table t (n integer)`.execute(database.write)
  const given = database.atomic(async ({ write }) => {
    await sql`insert into t values (1)`.execute(write)
    // What SQLite does on its own when the disk is full.
    await sql`rollback`.execute(write)
    const next = sql`insert into t values (2)`.execute(write)
    await assert.rejects(next, UnavailableError)
  })
  await assert.rejects(given, UnavailableError)
  const { rows } = await sql`select n from t`.execute(database.read)
  assert.deepEqual(rows, [])
  await database.close()
})

test('SR-505: a full disk is unavailability, and undoes the transaction', async () => {
  const database = openMemory(0)
  await sql`create table t (b blob)`.execute(database.write)
  await sql`pragma max_page_count = 10`.execute(database.write)
  const full = database.atomic(async ({ write }) => {
    await sql`insert into t values ('kept back')`.execute(write)
    await sql`insert into t values (zeroblob(1000000))`.execute(write)
  })
  await assert.rejects(full, UnavailableError)
  assert.deepEqual((await sql`select * from t`.execute(database.read)).rows, [])
  await database.close()
})

test('any number of different statements runs; a mistake in one stays what it is', async () => {
  const database = openMemory(0)
  for (let index = 0; index < 600; index += 1) {
    const { rows } = await sql.raw(`select ${index} as n`).execute(database.read)
    assert.equal(JSON.stringify(rows), `[{"n":${index}}]`)
  }
  await assert.rejects(sql`select * from missing`.execute(database.read), /no such table/)
  await database.close()
})

test('a file is opened durable, with foreign keys, and its reader cannot write', async () => {
  const file = join(scratchFolder(), 'pragmas.db')
  const database = await openFile(prepareFile(file), 0)
  const valueOf = async (pragma: string): Promise<unknown> => {
    const { rows } = await sql.raw<object>(`pragma ${pragma}`).execute(database.write)
    return Object.values(rows[0] ?? {})[0]
  }
  const FULL = 2
  assert.equal(await valueOf('synchronous'), FULL)
  assert.equal(await valueOf('journal_mode'), 'wal')
  assert.equal(await valueOf('foreign_keys'), 1)
  await assert.rejects(sql`create table t (n integer)`.execute(database.read), UnavailableError)
  await database.close()
})
