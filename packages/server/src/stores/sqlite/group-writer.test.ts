import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { UnavailableError } from 'countersign'
import { sql } from 'kysely'
import type { Db } from '../sql/db.ts'
import { scratchFolder } from '../../testing/scratch.ts'
import { openFile, openMemory, type Database } from './database.ts'
import { prepareFile } from './file.ts'

const insert = (database: Database, n: number): Promise<void> =>
  database.atomic(async ({ write }: Db) => {
    await sql`insert into t values (${n})`.execute(write)
  })

async function numbersOf({ read }: Pick<Db, 'read'>): Promise<readonly number[]> {
  const { rows } = await sql<{ n: number }>`select n from t order by n`.execute(read)
  return rows.map(({ n }) => n)
}

test('of transactions that come together, one that fails undoes itself alone', async () => {
  const database = openMemory(0)
  await sql`create table t (n integer unique)`.execute(database.write)
  const outcomes = await Promise.allSettled([1, 2, 2, 3].map((n) => insert(database, n)))
  const statuses = outcomes.map(({ status }) => status)
  assert.deepEqual(statuses, ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual(await numbersOf(database), [1, 2, 3])
  await database.close()
})

test('nobody is answered before the transaction can be read outside', async () => {
  const file = join(scratchFolder(), 'group.db')
  const database = await openFile(prepareFile(file), 0)
  await sql`create table t (n integer)`.execute(database.write)
  const outside = new DatabaseSync(file)
  const count = outside.prepare('select count(*) as n from t')
  const seen = await Promise.all(
    Array.from({ length: 80 }, async (_, n) => {
      await insert(database, n)
      return Number(count.get()?.['n'])
    }),
  )
  assert.ok(seen.every((rows, at) => rows > at))
  assert.ok(new Set(seen).size < 80, 'some became durable together')
  outside.close()
  await database.close()
})

test('a statement of its own makes what came before durable', async () => {
  const file = join(scratchFolder(), 'statement.db')
  const database = await openFile(prepareFile(file), 0)
  await sql`create table t (n integer)`.execute(database.write)
  const first = insert(database, 1)
  await sql`insert into t values (2)`.execute(database.write)
  assert.deepEqual(await numbersOf(database), [1, 2])
  await first
  await database.close()
})

test('a group that SQLite gave up is acknowledged to nobody in it, and the next one works', async () => {
  const database = openMemory(0)
  await sql`create table t (n integer)`.execute(database.write)
  const first = insert(database, 1)
  const second = database.atomic(async ({ write }) => {
    // What SQLite does on its own when the disk is full.
    await sql`rollback`.execute(write)
    await sql`insert into t values (2)`.execute(write)
  })
  await assert.rejects(second, UnavailableError)
  await assert.rejects(first, UnavailableError)
  await insert(database, 3)
  assert.deepEqual(await numbersOf(database), [3])
  await database.close()
})

test('closing waits for what is under way', async () => {
  const file = join(scratchFolder(), 'closing.db')
  const database = await openFile(prepareFile(file), 0)
  await sql`create table t (n integer)`.execute(database.write)
  const under = insert(database, 1)
  await Promise.all([under, database.close()])
  const again = new DatabaseSync(file)
  assert.deepEqual(Number(again.prepare('select count(*) as n from t').get()?.['n']), 1)
  again.close()
})
