import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { verifyChain } from '../../events/verify-chain.ts'
import type { Store } from '../../model/store.ts'
import { scratchFolder } from '../../testing/scratch.ts'
import { MIGRATION_NAMES } from '../sql/migrations/index.ts'
import { openSqlite, sqliteStatus } from './index.ts'

const writer = fileURLToPath(new URL('../../testing/sqlite-writer.ts', import.meta.url))

interface Writer {
  readonly child: ChildProcess
  /** The ids it acknowledged, once it is gone. */
  readonly acknowledged: Promise<readonly string[]>
  readonly started: Promise<unknown>
}

function startWriter(...argv: readonly string[]): Writer {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', writer, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const started = once(child.stdout, 'readable')
  const acknowledged = text(child.stdout).then((output) => output.split('\n').slice(0, -1))
  return { child, acknowledged, started }
}

/** Everything acknowledged is there, and each write is there whole or not at all. */
async function assertNothingLost(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal((await store.credentials.find(id))?.id, id)
  const changes = await store.changes.after(0, 1_000_000)
  const events = await store.events.scan(0, 1_000_000)
  assert.deepEqual(
    events.map(({ subject }) => subject),
    changes.map(({ subject }) => subject),
  )
  assert.ok(changes.length >= ids.length)
  assert.equal(changes.length, await store.changes.head())
  for (const { subject } of changes) assert.ok(await store.credentials.find(subject))
  assert.equal((await verifyChain(store.events)).intact, true)
}

test('SIGKILL at any moment loses nothing that was acknowledged', async () => {
  const path = join(scratchFolder(), 'killed.db')
  const known: string[] = []
  for (let round = 0; round < 8; round += 1) {
    const { child, acknowledged, started } = startWriter(path, `w${round}`)
    await started
    // A moment nobody chose, which is the point of this test.
    await delay(Math.random() * 150)
    child.kill('SIGKILL')
    const ids = await acknowledged
    assert.ok(ids.length > 0)
    known.push(...ids)
    const store = await openSqlite({ path })
    await assertNothingLost(store, known)
    await store.close()
  }
})

test('processes that start at once on a new file share it: one migrates, the others wait', async () => {
  const path = join(scratchFolder(), 'shared.db')
  const writers = ['a', 'b', 'c'].map((name) => startWriter(path, name, '30'))
  const exits = await Promise.all(writers.map(({ child }) => once(child, 'exit')))
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0],
  )
  const ids = (await Promise.all(writers.map(({ acknowledged }) => acknowledged))).flat()
  assert.equal(ids.length, 90)
  assert.deepEqual(await sqliteStatus({ path }), { current: MIGRATION_NAMES.at(-1), pending: [] })
  const store = await openSqlite({ path })
  await assertNothingLost(store, ids)
  assert.deepEqual(
    (await store.tenants.list()).map(({ id }) => id),
    ['default'],
  )
  await store.close()
})
