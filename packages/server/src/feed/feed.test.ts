import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { RevocationSet } from 'countersign'
import type { NewChange, Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { handClock } from '../testing/authority.ts'
import { makeLogger } from '../operations/log.ts'
import { createFeed, type Feed, type FeedOptions, type Subscription } from './feed.ts'
import { eventReader, type EventReader } from '../testing/event-reader.ts'

const clock = handClock()
const log = makeLogger({ destination: { write: () => {} } })
const facts = { tenant: 'default', principalId: 'svc_reader', issuedAt: clock.now() }

let store: Store
let feed: Feed
let revocations: RevocationSet

const open = (options: Partial<FeedOptions> = {}): Feed =>
  createFeed({ store, clock: clock.read, log, revocations, heartbeatMs: 0, ...options })

beforeEach(async () => {
  store = await openSqlite({ path: ':memory:' })
  const at = { createdAt: 1, revokedAt: null }
  await store.tenants.insert({ id: 'acme', name: 'Acme', ...at })
  revocations = new RevocationSet()
  feed = open()
})
afterEach(async () => {
  feed.close()
  await store.close()
})

async function revoke(subject: string, more: Partial<NewChange> = {}): Promise<number> {
  const at = clock.now()
  const named = { tenant: 'default', kind: 'token', subject, issuedBefore: null } as const
  const change = { ...named, expiresAt: at + 100, at, ...more }
  return (await store.transaction((session) => session.changes.append(change))).sequence
}

async function read(cursor?: number, more: Partial<Subscription> = {}): Promise<EventReader> {
  const stream = await feed.subscribe({ tenant: 'default', cursor, facts, ...more })
  assert.ok(stream !== undefined)
  return eventReader(stream)
}

describe('the change feed', () => {
  it('begins with everything that is revoked now, and says at once that this is all', async () => {
    await revoke('old', { expiresAt: clock.now() - 1 })
    const sequence = await revoke('jti-1', { issuedBefore: 5 })
    const reader = await read()
    const expiresAt = clock.now() + 100
    const entry = { tenant: 'default', kind: 'token', subject: 'jti-1', issuedBefore: 5, expiresAt }
    assert.deepEqual(await reader.next(), {
      event: 'snapshot',
      id: String(sequence),
      data: { sequence, revocations: [{ sequence, ...entry }] },
    })
    assert.equal((await reader.next())?.event, 'heartbeat')
  })

  it('tells every later change once and in order, however they come', async () => {
    const reader = await read()
    await reader.until('heartbeat')
    const made = await Promise.all(Array.from({ length: 50 }, (_, n) => revoke(`jti-${n}`)))
    const seen: unknown[] = []
    while (seen.length < made.length) seen.push((await reader.next())?.id)
    assert.deepEqual(seen, made.toSorted((a, b) => a - b).map(String))
  })

  it('continues after a cursor without a gap and without a repetition', async () => {
    const first = await revoke('a')
    const second = await revoke('b')
    const reader = await read(first)
    const change = await reader.next()
    assert.deepEqual([change?.event, change?.id], ['change', String(second)])
    assert.equal((await reader.next())?.event, 'heartbeat')
    const third = await revoke('c')
    assert.equal((await reader.next())?.id, String(third))
  })

  it('misses nothing that is committed while it starts', async () => {
    for (let round = 0; round < 20; round += 1) {
      const writing = [revoke(`x-${round}`), revoke(`y-${round}`)]
      const reader = await read()
      writing.push(revoke(`z-${round}`))
      const wanted = new Set(await Promise.all(writing))
      const last = Math.max(...wanted)
      const told = new Set<number>()
      for (let seen = 0; seen < last; ) {
        const message = await reader.next()
        seen = Number(message?.id)
        if (message?.event === 'snapshot') for (const n of wanted) if (n <= seen) wanted.delete(n)
        if (message?.event !== 'change') continue
        assert.ok(!told.has(seen), `${seen} came twice`)
        told.add(seen)
        wanted.delete(seen)
      }
      assert.deepEqual([...wanted], [])
      await reader.cancel()
    }
  })

  it('starts anew for a cursor from another database, and for one that is too old', async () => {
    await revoke('a', { expiresAt: clock.now() - 1 })
    await revoke('b')
    await store.changes.sweep(clock.now(), 100)
    for (const cursor of [999, 0]) {
      assert.equal((await (await read(cursor)).next())?.event, 'snapshot')
    }
  })

  it('tells a tenant nothing of another', async () => {
    await revoke('ours')
    const reader = await read(undefined, { tenant: 'acme', facts: { ...facts, tenant: 'acme' } })
    const snapshot = await reader.next()
    assert.deepEqual(snapshot?.data['revocations'], [])
    await reader.until('heartbeat')
    await revoke('ours-too')
    const theirs = await revoke('theirs', { tenant: 'acme' })
    assert.equal((await reader.next())?.id, String(theirs))
  })

  it('beats for a quiet feed, up to date and with the time', async () => {
    const reader = await read()
    await reader.until('heartbeat')
    const sequence = await revoke('hidden', { tenant: 'acme' })
    await feed.beat()
    const beat = await reader.next()
    assert.deepEqual(beat?.data, { sequence, now: clock.now() })
  })

  it('does not beat while the store cannot be read: readers must notice', async () => {
    let broken = false
    const changes = {
      ...store.changes,
      after: (sequence: number, limit: number) =>
        broken ? Promise.reject(new Error('disk')) : store.changes.after(sequence, limit),
    }
    const onChange = (listener: () => void) => store.onChange(listener)
    feed = open({ store: { changes, onChange } })
    const reader = await read()
    await reader.until('heartbeat')
    broken = true
    await feed.beat()
    assert.equal(await reader.pending(), undefined)
    broken = false
    await feed.beat()
    assert.equal((await reader.next())?.event, 'heartbeat')
  })
})

describe('a reader', () => {
  it('that does not keep up is cut, and loses nothing when it comes back', async () => {
    feed = open({ maxQueued: 10 })
    const slow = await feed.subscribe({ tenant: 'default', cursor: undefined, facts })
    assert.ok(slow !== undefined)
    const before = await store.changes.head()
    const made = await Promise.all(Array.from({ length: 30 }, (_, n) => revoke(`jti-${n}`)))
    await feed.beat()
    assert.equal(feed.size, 0)
    await assert.rejects(eventReader(slow).until('never'), /too-slow/)
    const again = await read(before)
    for (const sequence of made.toSorted((a, b) => a - b)) {
      assert.equal((await again.next())?.id, String(sequence))
    }
  })

  it('that takes nothing for many heartbeats is cut', async () => {
    const stuck = await feed.subscribe({ tenant: 'default', cursor: undefined, facts })
    assert.ok(stuck !== undefined)
    for (let n = 0; n < 7; n += 1) await feed.beat()
    assert.equal(feed.size, 0)
  })

  it('whose own credential is revoked is cut at the next heartbeat', async () => {
    const reader = await read()
    await reader.until('heartbeat')
    const named = { tenant: 'default', kind: 'principal', subject: 'svc_reader' } as const
    revocations.add({ ...named, expiresAt: clock.now() + 100 })
    await feed.beat()
    await assert.rejects(reader.next(), /revoked/)
  })

  it('whose credential expires is cut at the next heartbeat', async () => {
    const reader = await read(undefined, { expiresAt: clock.now() + 1 })
    await reader.until('heartbeat')
    clock.pass(1)
    await feed.beat()
    await assert.rejects(reader.next(), /expired/)
  })

  it('that leaves is forgotten', async () => {
    const reader = await read()
    await reader.next()
    assert.equal(feed.size, 1)
    await reader.cancel()
    assert.equal(feed.size, 0)
  })

  it('beyond the bound is not taken, and none is on the way down', async () => {
    feed = open({ maxSubscribers: 1 })
    const first = await read()
    assert.equal(await feed.subscribe({ tenant: 'default', cursor: 0, facts }), undefined)
    feed.close()
    assert.equal(await first.end(), true)
    assert.equal(await feed.subscribe({ tenant: 'default', cursor: 0, facts }), undefined)
  })
})
