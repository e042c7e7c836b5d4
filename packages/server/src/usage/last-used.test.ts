import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeLogger } from '../operations/log.ts'
import { createLastUsed } from './last-used.ts'

const log = makeLogger({ destination: { write: () => {} } })

function recorder(fails: () => boolean = () => false) {
  const batches: ReadonlyMap<string, number>[] = []
  const touch = (uses: ReadonlyMap<string, number>): Promise<void> => {
    if (fails()) return Promise.reject(new Error('disk full'))
    batches.push(new Map(uses))
    return Promise.resolve()
  }
  return { batches, store: { touch } }
}

describe('last-used times', () => {
  it('are one row a credential and batch, and the latest one', async () => {
    const { batches, store } = recorder()
    const usage = createLastUsed({ store, log, intervalMs: 0 })
    for (const at of [5, 9, 7]) usage.used('a', at)
    usage.used('b', 1)
    await usage.flush()
    await usage.flush()
    assert.deepEqual(batches, [
      new Map([
        ['a', 9],
        ['b', 1],
      ]),
    ])
  })

  it('survive a batch that could not be written, and never go back', async () => {
    let fail = true
    const { batches, store } = recorder(() => fail)
    const usage = createLastUsed({ store, log, intervalMs: 0 })
    usage.used('a', 5)
    usage.used('b', 5)
    const flushing = usage.flush()
    usage.used('a', 6)
    await assert.rejects(flushing, /disk full/)
    fail = false
    await usage.close()
    assert.deepEqual(Object.fromEntries(batches[0] ?? []), { a: 6, b: 5 })
  })

  it('are bounded: a full table is written early', async () => {
    const { batches, store } = recorder()
    const usage = createLastUsed({ store, log, intervalMs: 0, maxEntries: 2 })
    for (const id of ['a', 'b', 'c']) usage.used(id, 1)
    assert.deepEqual([...(batches[0]?.keys() ?? [])], ['a', 'b'])
    await usage.close()
    assert.deepEqual([...(batches[1]?.keys() ?? [])], ['c'])
  })
})
