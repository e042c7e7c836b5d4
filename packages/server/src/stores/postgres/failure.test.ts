import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { UnavailableError } from 'countersign'
import { Client } from 'pg'
import { ConflictError } from '../../model/errors.ts'
import { startPostgres, type PostgresServer } from '../../testing/postgres.ts'
import {
  NOW,
  sampleCredential,
  sampleEvent,
  samplePrincipal,
  sampleToken,
} from '../../testing/store-contract/records.ts'
import { verifyChain } from '../../events/verify-chain.ts'
import { migratePostgres, openPostgres, readAddress } from './index.ts'

let server: PostgresServer
let url: string
before(async () => {
  server = await startPostgres({ durable: true })
  url = await server.create()
  await migratePostgres({ url })
})
after(() => server.dispose())

const isConflict = (error: unknown): boolean => error instanceof ConflictError

/** Somebody beside the store, on a connection of its own. */
async function beside<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const endOthers = (client: Client): Promise<unknown> =>
  client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )

test('constraints are conflicts, and a lock that is held too long is unavailable', async () => {
  const store = await openPostgres({ url, lockTimeoutMs: 100 })
  await store.principals.insert(samplePrincipal())
  await assert.rejects(store.principals.insert(samplePrincipal()), isConflict)
  const orphan = sampleCredential({ principalId: 'nobody' })
  await assert.rejects(store.credentials.insert(orphan), isConflict)
  await beside(async (client) => {
    await client.query(`begin; select * from counter where name = 'event' for update`)
    const waits = store.transaction((session) => session.events.append(sampleEvent()))
    await assert.rejects(waits, UnavailableError)
    await client.query('rollback')
  })
  assert.equal((await store.events.append(sampleEvent())).sequence, 1)
  await store.close()
})

test('a turn that is not free in time is unavailable, and the connection is as good as new', async () => {
  const store = await openPostgres({ url, lockTimeoutMs: 100, maxConnections: 1 })
  await beside(async (client) => {
    await client.query(`begin; select pg_advisory_xact_lock(1129534546)`)
    await assert.rejects(
      store.transaction(async () => 'never'),
      UnavailableError,
    )
    await client.query('rollback')
  })
  assert.equal(await store.transaction(async () => 'again'), 'again')
  await store.close()
})

test('a connection that the server ends, idle or between two statements, ends no process', async () => {
  const store = await openPostgres({ url })
  await store.ping()
  await beside(endOthers)
  await delay(20)
  await store.ping()
  const cut = store.transaction(async (session) => {
    await session.tokens.insert(sampleToken({ id: 'cut' }))
    await beside(endOthers)
    await delay(20)
    await session.events.append(sampleEvent())
  })
  await assert.rejects(cut, UnavailableError)
  assert.equal(await store.tokens.find('cut'), undefined)
  await store.close()
})

test('a deadlock is undone and run again, so that both are done', async () => {
  const store = await openPostgres({ url })
  for (const id of ['d1', 'd2']) await store.tokens.insert(sampleToken({ id }))
  const { promise: both, resolve } = Promise.withResolvers<void>()
  let here = 0
  let runs = 0
  const cross = (first: string, second: string) =>
    store.transaction(
      async ({ tokens }) => {
        runs += 1
        await tokens.revoke(first, NOW)
        here += 1
        if (here === 2) resolve()
        await both
        await tokens.revoke(second, NOW)
      },
      { turn: 'none' },
    )
  await Promise.all([cross('d1', 'd2'), cross('d2', 'd1')])
  assert.equal(runs, 3)
  await store.close()
})

test('a failure that the work does not mention is no commit', async () => {
  const store = await openPostgres({ url })
  await store.tokens.insert(sampleToken({ id: 'once' }))
  const silent = store.transaction(async ({ tokens }) => {
    await tokens.insert(sampleToken({ id: 'lost' }))
    await tokens.insert(sampleToken({ id: 'once' })).catch(() => {})
  })
  await assert.rejects(silent, /had failed/)
  assert.equal(await store.tokens.find('lost'), undefined)
  await store.close()
})

test('changes are heard after the listening connection was lost', async () => {
  const store = await openPostgres({ url })
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  const stop = store.onChange(resolve)
  await delay(50)
  await beside(endOthers)
  const other = await openPostgres({ url })
  await other.changes.append({
    tenant: 'default',
    kind: 'credential',
    subject: 'x',
    issuedBefore: null,
    expiresAt: NOW,
    at: NOW,
  })
  await heard
  stop()
  await Promise.all([store.close(), other.close(), store.close()])
})

test('no error of a store that cannot be opened has the password of its URL', async () => {
  const { search } = new URL(url)
  const urls = [
    'postgres://cs:hunter2@127.0.0.1:1/none',
    `postgres://cs:hunter2@localhost/none${search}`,
    'postgres://cs:hunter2@[broken/none',
    'postgres://cs:hunter2@db.example/none?sslmode=disable',
    'postgres://cs:hunter2@db.example/none?sslmode=prefer',
  ]
  for (const wrong of urls) {
    await assert.rejects(openPostgres({ url: wrong, connectTimeoutMs: 500 }), (error: Error) => {
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter2/, wrong)
      return /^(?:StoreOpenError|ConfigError)$/.test(error.name)
    })
  }
})

test('another machine has to prove itself, unless somebody says that it need not', () => {
  const far = 'postgres://cs@db.example/cs'
  assert.deepEqual(readAddress(far).ssl, { rejectUnauthorized: true })
  assert.equal(readAddress('postgres://cs@127.0.0.1/cs').ssl, false)
  const unsafe = { allowUnverifiedStore: true }
  const encrypted = readAddress(`${far}?sslmode=require`, unsafe)
  assert.deepEqual(encrypted.ssl, { rejectUnauthorized: false })
  assert.equal(encrypted.connectionString, far)
  assert.equal(readAddress(`${far}?sslmode=disable`, unsafe).ssl, false)
})

test('a server that is killed loses nothing that was acknowledged, and the pool finds it again', async () => {
  const store = await openPostgres({ url, connectTimeoutMs: 500 })
  const acknowledged: string[] = []
  const start = await store.events.head()
  const work = Array.from({ length: 40 }, async (_, index) => {
    for (let n = 0; n < 20; n += 1) {
      const id = `k${index}-${n}`
      await store.transaction(
        async (session) => {
          await session.tokens.insert(sampleToken({ id }))
          await session.events.append(sampleEvent({ subject: id }))
        },
        { turn: 'none' },
      )
      acknowledged.push(id)
    }
  })
  const settled = Promise.allSettled(work)
  while (acknowledged.length < 50) await delay(5)
  await server.stop('kill')
  const failed = (await settled).filter(({ status }) => status === 'rejected')
  assert.ok(failed.length > 0)
  for (const outcome of failed) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof UnavailableError)
  }
  await server.start()
  await store.ping()
  for (const id of acknowledged) assert.ok(await store.tokens.find(id), id)
  const events = await store.events.scan(start, 10_000)
  const there = new Set(events.map(({ subject }) => subject))
  for (const id of acknowledged) assert.ok(there.has(id))
  assert.equal((await verifyChain(store.events)).intact, true)
  await store.close()
})
