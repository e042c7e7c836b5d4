import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { sampleEvent } from '../testing/store-contract/records.ts'
import { hashEvent } from './hash.ts'
import { type ChainReport, verifyChain } from './verify-chain.ts'

const folder = scratchFolder()
let count = 0

/** A log of 1,200 lines: more than verification reads at a time. */
async function log(): Promise<{ readonly path: string; readonly store: Store }> {
  count += 1
  const path = join(folder, `${count}.db`)
  const store = await openSqlite({ path })
  await store.transaction(async ({ events }) => {
    for (let line = 1; line <= 1200; line += 1) {
      await events.append(sampleEvent({ subject: `key-${line}`, data: { line } }))
    }
  })
  return { path, store }
}

/** What somebody with the file in their hands can do. */
function tamper(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(`drop trigger event_no_update; drop trigger event_no_delete; ${sql}`)
  database.close()
}

const tampering: Readonly<Record<string, readonly [sql: string, found: ChainReport]>> = {
  'an edited line': [
    `update event set actor = 'nobody' where sequence = 700`,
    { intact: false, sequence: 700, problem: 'changed' },
  ],
  'edited data': [
    `update event set data = '{"line":8}' where sequence = 7`,
    { intact: false, sequence: 7, problem: 'changed' },
  ],
  'data that is no JSON any more': [
    `update event set data = '{"line":' where sequence = 7`,
    { intact: false, sequence: 7, problem: 'changed' },
  ],
  'a line of another tenant': [
    `update event set tenant = 'acme' where sequence = 1`,
    { intact: false, sequence: 1, problem: 'changed' },
  ],
  'a removed line': [
    `delete from event where sequence = 700`,
    { intact: false, sequence: 701, problem: 'missing' },
  ],
  'a removed beginning': [
    `delete from event where sequence < 3`,
    { intact: false, sequence: 3, problem: 'missing' },
  ],
  'a removed end': [
    `delete from event where sequence > 1100`,
    { intact: false, sequence: 1101, problem: 'cut' },
  ],
  'two lines that changed places': [
    `update event set sequence = 0 where sequence = 5;
     update event set sequence = 5 where sequence = 6;
     update event set sequence = 6 where sequence = 0`,
    { intact: false, sequence: 5, problem: 'unlinked' },
  ],
  'a removed line whose gap was closed': [
    `delete from event where sequence = 700;
     update event set sequence = sequence - 1 where sequence > 700`,
    { intact: false, sequence: 700, problem: 'unlinked' },
  ],
}

describe('verification names the first line that is wrong:', () => {
  for (const [name, [sql, found]] of Object.entries(tampering)) {
    test(name, async () => {
      const { path, store } = await log()
      tamper(path, sql)
      assert.deepEqual(await verifyChain(store.events), found)
      await store.close()
    })
  }
})

test('the database itself refuses to change or delete a line', async () => {
  const { path, store } = await log()
  const database = new DatabaseSync(path)
  for (const sql of [`update event set actor = 'x'`, 'delete from event']) {
    assert.throws(() => database.exec(sql), /append-only/)
  }
  database.close()
  assert.equal((await verifyChain(store.events)).intact, true)
  await store.close()
})

test('a chain rewritten as a whole does not fit an anchor that was kept elsewhere', async () => {
  const { path, store } = await log()
  const report = await verifyChain(store.events)
  assert.ok(report.intact && report.head !== null)
  const [last] = await store.events.scan(1199, 1)
  assert.ok(last)
  const forged = hashEvent({ ...last, actor: 'nobody' })
  tamper(path, `update event set actor = 'nobody', hash = '${forged}' where sequence = 1200`)
  assert.equal((await verifyChain(store.events)).intact, true)
  assert.deepEqual(await verifyChain(store.events, report.head), {
    intact: false,
    sequence: 1200,
    problem: 'rewritten',
  })
  await store.close()
})

test('an empty log is intact, unless an anchor says that there was one', async () => {
  const store = await openSqlite({ path: ':memory:' })
  assert.deepEqual(await verifyChain(store.events), { intact: true, events: 0, head: null })
  const cut = await verifyChain(store.events, { sequence: 4, hash: 'x' })
  assert.deepEqual(cut, { intact: false, sequence: 1, problem: 'cut' })
  await store.close()
})
