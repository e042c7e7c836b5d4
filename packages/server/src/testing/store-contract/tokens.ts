import assert from 'node:assert/strict'
import { conflict, type Guarantees } from './harness.ts'
import { NOW, sampleGrant, sampleSigningKey, sampleToken } from './records.ts'

/** What grants and tokens promise. */
export const tokenGuarantees: Guarantees = {
  'grants and tokens come back as they were stored': async ({ store }) => {
    const refresh = sampleToken({ id: 'r', kind: 'refresh', sealedSuccessor: 's', claimedAt: NOW })
    await store.tokens.insertGrant(sampleGrant())
    await store.tokens.insert(sampleToken())
    await store.tokens.insert(refresh)
    assert.deepEqual(await store.tokens.findGrant('default', 'grant-1'), sampleGrant())
    assert.deepEqual(await store.tokens.find('token0000001'), sampleToken())
    assert.deepEqual(await store.tokens.find('r'), refresh)
    assert.equal(await store.tokens.findGrant('acme', 'grant-1'), undefined)
    await assert.rejects(store.tokens.insert(sampleToken()), conflict('unique'))
  },

  'grants and tokens are revoked once': async ({ store }) => {
    await store.tokens.insertGrant(sampleGrant())
    await store.tokens.insert(sampleToken())
    assert.equal(await store.tokens.revoke('token0000001', NOW), true)
    assert.equal(await store.tokens.revoke('token0000001', NOW + 1), false)
    assert.equal((await store.tokens.find('token0000001'))?.state, 'revoked')
    assert.equal(await store.tokens.revokeGrant('acme', 'grant-1', NOW), false)
    assert.equal(await store.tokens.revokeGrant('default', 'grant-1', NOW), true)
    assert.equal(await store.tokens.revokeGrant('default', 'grant-1', NOW + 1), false)
    assert.equal((await store.tokens.findGrant('default', 'grant-1'))?.revokedAt, NOW)
  },

  'a sweep takes expired tokens only, at most as many as told': async ({ store }) => {
    for (let index = 0; index < 7; index += 1) {
      await store.tokens.insert(sampleToken({ id: `old-${index}`, expiresAt: NOW - 1 }))
    }
    await store.tokens.insert(sampleToken({ expiresAt: NOW }))
    assert.equal(await store.tokens.sweep(NOW, 5), 5)
    assert.equal(await store.tokens.sweep(NOW, 5), 2)
    assert.equal(await store.tokens.sweep(NOW, 5), 0)
    assert.notEqual(await store.tokens.find('token0000001'), undefined)
  },
}

/** What signing keys promise. */
export const signingKeyGuarantees: Guarantees = {
  'signing keys are listed in the order they were made': async ({ store }) => {
    const keys = ['z', 'a', 'm'].map((id) => sampleSigningKey({ id }))
    for (const key of keys) await store.signingKeys.insert(key)
    assert.deepEqual(await store.signingKeys.list('default'), keys)
    assert.deepEqual(await store.signingKeys.list('acme'), [])
    await store.signingKeys.delete('a')
    assert.equal((await store.signingKeys.list('default')).length, 2)
  },

  'of many rotators exactly one moves a key on': async ({ store, again }) => {
    await store.signingKeys.insert(sampleSigningKey())
    const other = await again?.()
    const claims = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? store : (other ?? store)).signingKeys.transition('kid-1', 'published', {
        state: 'signing',
        signsAt: NOW + index,
      }),
    )
    const won = (await Promise.all(claims)).flatMap((moved, index) => (moved ? [index] : []))
    await other?.close()
    assert.equal(won.length, 1)
    const [key] = await store.signingKeys.list('default')
    assert.deepEqual([key?.state, key?.signsAt], ['signing', NOW + (won[0] ?? -1)])
    assert.equal(await store.signingKeys.transition('kid-1', 'signing', {}), false)
  },
}
