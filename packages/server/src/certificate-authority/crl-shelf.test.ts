import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCa } from '../certificates/testing/authority.ts'
import { resolveTrustRules } from '../certificates/trust-rules.ts'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { handClock } from '../testing/authority.ts'
import { CrlShelf } from './crl-shelf.ts'

test('a list that was begun earlier and took longer does not replace a later one', async (t) => {
  const store = await openSqlite({ path: ':memory:' })
  t.after(() => store.close())
  const slow = Promise.withResolvers<void>()
  let first = true
  const transaction: Store['transaction'] = async (work) => {
    const waits = first
    first = false
    const done = await store.transaction(work)
    if (waits) await slow.promise
    return done
  }
  const clock = handClock(1_800_000_000)
  const rules = resolveTrustRules()
  const shelf = new CrlShelf({ store: { ...store, transaction }, clock: clock.read, rules })
  const ca = await testCa()
  const early = shelf.get('ca', ca)
  shelf.outdate()
  const late = await shelf.get('ca', ca)
  slow.resolve()
  assert.equal(await early, late)
  assert.equal(await shelf.get('ca', ca), late)
})

test('lists that are asked for at once are one', async (t) => {
  const store = await openSqlite({ path: ':memory:' })
  t.after(() => store.close())
  const rules = resolveTrustRules()
  const shelf = new CrlShelf({ store, clock: handClock(1_800_000_000).read, rules })
  const ca = await testCa()
  const lists = await Promise.all(Array.from({ length: 20 }, () => shelf.get('ca', ca)))
  assert.equal(new Set(lists).size, 1)
  assert.equal(await store.certificateAuthorities.nextListNumber(), 2)
})
