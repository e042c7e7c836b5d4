import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { verifyChain } from '../../events/verify-chain.ts'
import type { StoredDecision } from '../../model/records.ts'
import type { Store } from '../../model/store.ts'
import type { Guarantees } from './harness.ts'
import { NOW, sampleChange, sampleEvent } from './records.ts'

/** Transactions of which every third takes its change and its event back. */
async function writeAndUndo(store: Store, name: string): Promise<void> {
  const work = Array.from({ length: 30 }, (_, index) =>
    store.transaction(async (session) => {
      const { sequence } = await session.changes.append(
        sampleChange({ subject: `${name}-${index}`, at: NOW + index }),
      )
      await session.events.append(sampleEvent({ subject: `${name}-${index}`, data: { sequence } }))
      if (index % 3 === 0) throw new Error('undone')
    }),
  )
  await Promise.allSettled(work)
}

/** What the change feed promises. */
export const changeGuarantees: Guarantees = {
  'the feed has no gap and no repeat, whoever writes it': async ({ store, again }) => {
    const other = await again?.()
    await Promise.all([writeAndUndo(store, 'a'), writeAndUndo(other ?? store, 'b')])
    await other?.close()
    const all = await store.changes.after(0, 1000)
    assert.deepEqual(
      all.map(({ sequence }) => sequence),
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    assert.equal(new Set(all.map(({ subject }) => subject)).size, 40)
    assert.equal(await store.changes.head(), 40)
    assert.deepEqual(await store.changes.after(38, 1), [all[38]])
  },

  'a reader that follows the feed sees every change once': async ({ store }) => {
    const seen: number[] = []
    const follow = async (): Promise<void> => {
      for (const { sequence } of await store.changes.after(seen.at(-1) ?? 0, 7)) seen.push(sequence)
    }
    const writing = writeAndUndo(store, 'a')
    for (let round = 0; round < 40; round += 1) await follow()
    await writing
    while ((seen.at(-1) ?? 0) < (await store.changes.head())) await follow()
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
  },

  'a snapshot holds what names something unexpired': async ({ store }) => {
    assert.deepEqual(await store.changes.snapshot(NOW), { sequence: 0, changes: [] })
    await store.changes.append(sampleChange({ subject: 'old', expiresAt: NOW - 1 }))
    const kept = await store.changes.append(sampleChange({ issuedBefore: NOW, expiresAt: NOW }))
    await store.changes.append(sampleChange({ subject: 'older', expiresAt: NOW - 9 }))
    assert.deepEqual(await store.changes.snapshot(NOW), { sequence: 3, changes: [kept] })
  },

  'a sweep is bounded, tells how far it went, and reuses no number': async ({ store }) => {
    for (const expiresAt of [NOW - 1, NOW + 9, NOW - 1, NOW - 1]) {
      await store.changes.append(sampleChange({ expiresAt }))
    }
    assert.equal(await store.changes.floor(), 0)
    assert.equal(await store.changes.sweep(NOW, 2), 2)
    assert.equal(await store.changes.sweep(NOW, 2), 1)
    assert.equal(await store.changes.sweep(NOW, 2), 0)
    assert.deepEqual([await store.changes.floor(), await store.changes.head()], [4, 4])
    assert.equal((await store.changes.append(sampleChange())).sequence, 5)
    const left = (await store.changes.after(0, 10)).map(({ sequence }) => sequence)
    assert.deepEqual(left, [2, 5])
  },
}

/** What a listener is told. */
export const signalGuarantees: Guarantees = {
  'listeners hear of a commit, of this process and of another': async (fixture) => {
    const { store, again } = fixture
    const heard = new EventTarget()
    const stop = store.onChange(() => heard.dispatchEvent(new Event('change')))
    for (const writer of [store, await again?.()]) {
      if (writer === undefined) continue
      const next = once(heard, 'change', { signal: AbortSignal.timeout(5000) })
      await writer.changes.append(sampleChange())
      await next
      if (writer !== store) await writer.close()
    }
    stop()
  },

  'listeners hear nothing of what is undone or no change, or after they stop': async ({
    store,
  }) => {
    let heard = 0
    const stop = store.onChange(() => {
      heard += 1
    })
    const undone = store.transaction(async (session) => {
      await session.changes.append(sampleChange())
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    await store.transaction(async (session) => void (await session.events.append(sampleEvent())))
    await nextTurn()
    assert.equal(heard, 0)
    stop()
    await store.changes.append(sampleChange())
    await nextTurn()
    assert.equal(heard, 0)
    assert.equal(await store.changes.head(), 1)
  },
}

/** What the audit log promises. */
export const eventGuarantees: Guarantees = {
  'the audit log is one chain, whoever writes it': async ({ store, again }) => {
    const other = await again?.()
    await Promise.all([writeAndUndo(store, 'a'), writeAndUndo(other ?? store, 'b')])
    await other?.close()
    const report = await verifyChain(store.events)
    const last = (await store.events.scan(39, 10))[0]
    assert.deepEqual(report, {
      intact: true,
      events: 40,
      head: { sequence: 40, hash: last?.hash },
    })
  },

  'an event comes back as it was appended, to its tenant': async ({ store }) => {
    const first = await store.events.append(sampleEvent({ data: { a: undefined, b: [1.5, 'é'] } }))
    const second = await store.events.append(sampleEvent({ tenant: 'acme' }))
    assert.deepEqual(first.data, { b: [1.5, 'é'] })
    assert.equal(second.previousHash, first.hash)
    const page = await store.events.list({ tenant: 'default', limit: 5 })
    assert.deepEqual(page, { items: [first], cursor: null })
    assert.deepEqual(await store.events.scan(0, 5), [first, second])
    assert.equal((await verifyChain(store.events)).intact, true)
  },
}

const decision = (index: number): StoredDecision => ({
  id: `d${index}`,
  atMs: index,
  json: `{"n":${index}}`,
})

/** What the decisions kept for `explain` promise. */
export const decisionGuarantees: Guarantees = {
  'decisions are found, and a batch may be written again': async ({ store }) => {
    const known = { ...decision(1), tenant: 'default' }
    await store.decisions.insertMany([])
    await store.decisions.insertMany([known, decision(2)])
    await store.decisions.insertMany([decision(2), decision(3)])
    assert.deepEqual(await store.decisions.find('d1'), known)
    assert.deepEqual(await store.decisions.find('d3'), decision(3))
    assert.equal(await store.decisions.find('d4'), undefined)
  },

  'decisions are kept within a time and a number': async ({ store }) => {
    await store.decisions.insertMany(Array.from({ length: 2500 }, (_, index) => decision(index)))
    assert.equal(await store.decisions.sweep(0, 3000), 0)
    assert.equal(await store.decisions.sweep(100, 3000), 100)
    assert.equal(await store.decisions.sweep(100, 50), 2350)
    assert.equal(await store.decisions.find('d2449'), undefined)
    assert.deepEqual(await store.decisions.find('d2450'), decision(2450))
  },
}
