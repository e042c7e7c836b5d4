import assert from 'node:assert/strict'
import { UnavailableError } from 'countersign'
import type { Guarantees } from './harness.ts'
import {
  NOW,
  sampleChange,
  sampleCredential,
  sampleEvent,
  sampleGrant,
  samplePrincipal,
  sampleSigningKey,
  sampleToken,
} from './records.ts'
import { seedKeys } from './seed.ts'

/** What a transaction and a closed store promise. */
export const transactionGuarantees: Guarantees = {
  'what a transaction throws out of is undone whole': async ({ store }) => {
    await seedKeys(store, 1)
    const undone = store.transaction(async (session) => {
      await session.tenants.insert({ id: 'acme', name: 'A', createdAt: NOW, revokedAt: null })
      await session.principals.insert(samplePrincipal({ id: 'svc_two' }))
      await session.credentials.insert(sampleCredential({ id: 'two', principalId: 'svc_two' }))
      await session.credentials.revoke('key000000000', NOW, 'x')
      await session.credentials.touch(new Map([['key000000000', NOW]]))
      await session.tokens.insertGrant(sampleGrant())
      await session.tokens.insert(sampleToken())
      await session.signingKeys.insert(sampleSigningKey())
      await session.changes.append(sampleChange())
      await session.events.append(sampleEvent())
      await session.decisions.insertMany([{ id: 'd', atMs: 1, json: '{}' }])
      assert.equal((await session.credentials.find('key000000000'))?.revokedAt, NOW)
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.equal(await store.tenants.find('acme'), undefined)
    assert.equal(await store.principals.find('default', 'svc_two'), undefined)
    assert.equal(await store.credentials.find('two'), undefined)
    assert.deepEqual(
      await store.credentials.find('key000000000'),
      sampleCredential({ id: 'key000000000' }),
    )
    assert.equal(await store.tokens.findGrant('default', 'grant-1'), undefined)
    assert.equal(await store.tokens.find('token0000001'), undefined)
    assert.deepEqual(await store.signingKeys.list('default'), [])
    assert.deepEqual([await store.changes.head(), await store.events.head()], [0, 0])
    assert.equal(await store.decisions.find('d'), undefined)
  },

  'nobody outside sees a transaction before it is committed': async ({ store }) => {
    await seedKeys(store, 1)
    const outside: Promise<unknown>[] = []
    const read = async (): Promise<unknown> =>
      (await store.credentials.find('key000000000'))?.revokedAt
    const { promise: start, resolve: started } = Promise.withResolvers<void>()
    const { promise: end, resolve: finish } = Promise.withResolvers<void>()
    const writing = store.transaction(async (session) => {
      await session.credentials.revoke('key000000000', NOW, 'x')
      started()
      await end
      throw new Error('undone')
    })
    await start
    outside.push(read(), read())
    finish()
    await assert.rejects(writing, /undone/)
    assert.deepEqual(await Promise.all(outside), [null, null])
  },

  'transactions on one row do not lose an update': async ({ store, again }) => {
    await store.principals.insert(samplePrincipal({ metadata: { n: 0 } }))
    const other = await again?.()
    const add = (index: number): Promise<void> =>
      (index % 2 === 0 ? store : (other ?? store)).transaction(async (session) => {
        const n = (await session.principals.find('default', 'svc_one'))?.metadata['n']
        await session.principals.update('default', 'svc_one', { metadata: { n: Number(n) + 1 } })
      })
    await Promise.all(Array.from({ length: 40 }, (_, index) => add(index)))
    await other?.close()
    const { metadata } = (await store.principals.find('default', 'svc_one')) ?? {}
    assert.deepEqual(metadata, { n: 40 })
  },

  'a transaction inside another is refused, not waited for': async ({ store }) => {
    const nested = store.transaction(() => store.transaction(async () => 'never'))
    await assert.rejects(nested, /use its session/)
    assert.equal(await store.transaction(async () => 'free again'), 'free again')
  },

  'a session is of no use after its transaction': async ({ store }) => {
    const leaked = await store.transaction(async (session) => session)
    await assert.rejects(leaked.principals.insert(samplePrincipal()))
    assert.equal(await store.principals.find('default', 'svc_one'), undefined)
  },

  'a closed store answers nothing, and says that it is unavailable': async (fixture) => {
    const { store } = fixture
    await store.ping()
    const last = store.principals.insert(samplePrincipal())
    await store.close()
    await last
    for (const call of [
      () => store.ping(),
      () => store.credentials.find('x'),
      () => store.events.append(sampleEvent()),
      () => store.transaction(async () => 1),
    ]) {
      await assert.rejects(call, UnavailableError)
    }
  },
}
