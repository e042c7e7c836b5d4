import assert from 'node:assert/strict'
import type { Guarantees } from './harness.ts'

/** Far longer than a test, and shorter than nothing: a term that has lapsed when it begins. */
const LONG = 600_000
const LAPSED = -1000

/** What leadership promises. */
export const leadershipGuarantees: Guarantees = {
  'of many that want to lead at once, one does': async ({ store, again }) => {
    const other = (await again?.()) ?? store
    const terms = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).leadership.hold('work', `node-${index}`, LONG),
      ),
    )
    assert.deepEqual(
      terms.filter((fence) => fence !== undefined),
      [1],
    )
    if (other !== store) await other.close()
  },

  'of many that want a lapsed term at once, one gets it': async ({ store, again }) => {
    await store.leadership.hold('work', 'gone', LAPSED)
    const other = (await again?.()) ?? store
    const terms = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).leadership.hold('work', `node-${index}`, LONG),
      ),
    )
    assert.deepEqual(
      terms.filter((fence) => fence !== undefined),
      [2],
    )
    if (other !== store) await other.close()
  },

  'a leader keeps its term; one that lapsed gets a new number': async ({ store }) => {
    const { leadership } = store
    assert.equal(await leadership.hold('work', 'a', LONG), 1)
    assert.equal(await leadership.hold('work', 'a', LONG), 1)
    assert.equal(await leadership.hold('work', 'b', LONG), undefined)
    assert.equal(await leadership.hold('other', 'b', LONG), 1)
    assert.equal(await leadership.hold('work', 'a', LAPSED), 1)
    assert.equal(await leadership.isCurrent('work', 1), false)
    assert.equal(await leadership.hold('work', 'a', LONG), 2)
    assert.equal(await leadership.isCurrent('work', 1), false)
    assert.equal(await leadership.isCurrent('work', 2), true)
  },

  'a term that was released is free, and only its holder releases it': async ({ store }) => {
    const { leadership } = store
    await leadership.hold('work', 'a', LONG)
    await leadership.release('work', 7)
    assert.equal(await leadership.hold('work', 'b', LONG), undefined)
    await leadership.release('work', 1)
    assert.equal(await leadership.isCurrent('work', 1), false)
    assert.equal(await leadership.hold('work', 'b', LONG), 2)
  },

  'nobody takes over while a transaction of the leader is open': async ({ store, again }) => {
    const other = await again?.()
    if (other === undefined) return
    await store.leadership.hold('work', 'a', LONG)
    const order: string[] = []
    const held = Promise.withResolvers<void>()
    const takeover = held.promise
      .then(() => other.leadership.hold('work', 'b', LONG))
      .then((fence) => order.push(`b ${fence}`))
    await store.transaction(async (session) => {
      assert.equal(await session.leadership.isCurrent('work', 1), true)
      await session.leadership.release('work', 1)
      held.resolve()
      await session.tenants.list()
      order.push('a')
    })
    await takeover
    assert.deepEqual(order, ['a', 'b 2'])
    await other.close()
  },
}

/** What usage by hours promises. */
export const usageGuarantees: Guarantees = {
  'uses of several nodes add up': async ({ store, again }) => {
    const other = (await again?.()) ?? store
    const additions = ['a', 'b', 'c'].flatMap((credentialId) =>
      [3600, 7200].map((hour) => ({ credentialId, hour, uses: 2 })),
    )
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? store : other).usage.add(
          index % 3 === 0 ? additions : additions.toReversed(),
        ),
      ),
    )
    assert.deepEqual(await store.usage.series('b', 0, 10_000), [
      { hour: 3600, uses: 20 },
      { hour: 7200, uses: 20 },
    ])
    assert.deepEqual(await store.usage.series('b', 3601, 7200), [])
    assert.deepEqual(await store.usage.series('d', 0, 10_000), [])
    if (other !== store) await other.close()
  },

  'a batch may be large, and old hours are swept in small pieces': async ({ store }) => {
    await store.usage.add(
      Array.from({ length: 1200 }, (_, index) => ({ credentialId: `k${index}`, hour: 0, uses: 1 })),
    )
    await store.usage.add([{ credentialId: 'k1', hour: 3600, uses: 1 }])
    assert.equal(await store.usage.sweep(3600, 1000), 1000)
    assert.equal(await store.usage.sweep(3600, 1000), 200)
    assert.equal(await store.usage.sweep(3600, 1000), 0)
    assert.deepEqual(await store.usage.series('k1', 0, 9999), [{ hour: 3600, uses: 1 }])
  },
}
