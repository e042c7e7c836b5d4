import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { UnavailableError, type Revocation } from 'countersign'
import type { NewChange, Store } from '../model/store.ts'
import { makeLogger } from '../operations/log.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { handClock, type HandClock } from '../testing/authority.ts'
import { localRevocations, type ManagedRevocations } from './local.ts'

interface Bench {
  readonly store: Store
  readonly clock: HandClock
  readonly revocations: ManagedRevocations
  readonly heard: Revocation[]
  readonly append: (subject: string, change?: Partial<NewChange>) => Promise<void>
  /** Makes every later read of the changes fail, or work again. */
  readonly cut: (broken: boolean) => void
  /** Passes time as a process knows it that was paused meanwhile. */
  readonly pause: (seconds: number) => void
}

async function bench(t: TestContext): Promise<Bench> {
  const opened = await openSqlite({ path: ':memory:' })
  t.after(() => opened.close())
  let broken = false
  const changes: Store['changes'] = {
    append: (change) => opened.changes.append(change),
    after: (sequence, limit) =>
      broken
        ? Promise.reject(new UnavailableError('store', 'cut'))
        : opened.changes.after(sequence, limit),
    snapshot: (now) => opened.changes.snapshot(now),
    head: () => opened.changes.head(),
    floor: () => opened.changes.floor(),
    sweep: (now, limit) => opened.changes.sweep(now, limit),
  }
  const store: Store = { ...opened, changes, onChange: (listener) => opened.onChange(listener) }
  const clock = handClock()
  const heard: Revocation[] = []
  let elapsedMs = 0
  const revocations = localRevocations({
    store,
    clock: clock.read,
    log: makeLogger({ level: 'silent' }),
    maxStalenessSeconds: 10,
    elapsed: () => elapsedMs,
    onRevocation: (revocation) => void heard.push(revocation),
  })
  t.after(() => revocations.close())
  const append = async (subject: string, change: Partial<NewChange> = {}): Promise<void> => {
    const at = clock.now()
    const base = { tenant: 'default', kind: 'token', issuedBefore: null, at } as const
    await opened.changes.append({ ...base, subject, expiresAt: at + 900, ...change })
  }
  return {
    store,
    clock,
    revocations,
    heard,
    append,
    cut: (now) => {
      broken = now
    },
    pause: (seconds) => {
      elapsedMs += seconds * 1000
    },
  }
}

const names = ({ revocations }: Bench, tokenId: string): boolean =>
  revocations.find({ tenant: 'default', tokenId, issuedAt: 0 }) !== undefined

test('accepts nothing before its first snapshot', async (t) => {
  const { revocations, clock } = await bench(t)
  assert.equal(revocations.freshness(clock.now()), 'starting')
  await revocations.start()
  assert.equal(revocations.freshness(clock.now()), 'live')
})

test('knows after a restart what was revoked before it', async (t) => {
  const made = await bench(t)
  await made.append('old')
  await made.revocations.start()
  assert.ok(names(made, 'old'))
})

test('knows a change when catchUp returns, also when a read was under way', async (t) => {
  const made = await bench(t)
  await made.revocations.start()
  const earlier = made.revocations.catchUp()
  await made.append('now')
  await made.revocations.catchUp()
  assert.ok(names(made, 'now'))
  await earlier
  assert.equal(made.heard.length, 1)
})

test('hears of changes without being asked', async (t) => {
  const made = await bench(t)
  await made.revocations.start()
  const woken = new Promise<void>((resolve) => {
    const stop = made.store.onChange(() => {
      stop()
      resolve()
    })
  })
  await made.append('pushed')
  await woken
  await made.revocations.catchUp()
  assert.ok(names(made, 'pushed'))
})

test('applies a thousand changes and more, in order and once each', async (t) => {
  const made = await bench(t)
  await made.revocations.start()
  await made.store.transaction(async (session) => {
    for (let index = 0; index < 2300; index += 1) {
      const at = made.clock.now()
      const named = { tenant: 'default', kind: 'token', subject: `t${index}` } as const
      // oxlint-disable-next-line no-await-in-loop -- one transaction
      await session.changes.append({ ...named, issuedBefore: null, expiresAt: at + 900, at })
    }
  })
  await made.revocations.catchUp()
  assert.deepEqual(
    made.heard.map(({ subject }) => subject),
    Array.from({ length: 2300 }, (_, index) => `t${index}`),
  )
})

test('is stale for a while when the store cannot be read, then lost, then live again', async (t) => {
  const { revocations, clock, cut } = await bench(t)
  await revocations.start()
  cut(true)
  await assert.rejects(revocations.catchUp())
  assert.equal(revocations.freshness(clock.now()), 'stale')
  clock.pass(9)
  assert.equal(revocations.freshness(clock.now()), 'stale')
  clock.pass(1)
  assert.equal(revocations.freshness(clock.now()), 'lost')
  assert.equal(revocations.ageSeconds(), 10)
  cut(false)
  await revocations.catchUp()
  assert.equal(revocations.freshness(clock.now()), 'live')
  assert.equal(revocations.ageSeconds(), 0)
})

test('forgets revocations whose subjects have expired', async (t) => {
  const made = await bench(t)
  await made.revocations.start()
  await made.append('short', { expiresAt: made.clock.now() + 5 })
  await made.revocations.catchUp()
  made.clock.pass(6)
  made.revocations.sweep(made.clock.now())
  assert.ok(!names(made, 'short'))
})

test('a process that was paused accepts nothing before it has read again (SR-505)', async (t) => {
  const { revocations, clock, pause } = await bench(t)
  await revocations.start()
  pause(9.9)
  assert.equal(revocations.freshness(clock.now()), 'live')
  pause(0.1)
  assert.equal(revocations.freshness(clock.now()), 'lost')
  await revocations.catchUp()
  assert.equal(revocations.freshness(clock.now()), 'live')
})
