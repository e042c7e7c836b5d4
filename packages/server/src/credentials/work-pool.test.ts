import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UnavailableError } from 'countersign'
import { WorkPool } from './work-pool.ts'

describe('a work pool', () => {
  it('runs no more at once than it may, in order, and refuses what does not fit with 503', async () => {
    const pool = new WorkPool('password-pool', { concurrency: 2, maxWaiting: 3 })
    const open: (() => void)[] = []
    const begun: number[] = []
    const job = (name: number): Promise<number> =>
      pool.run(async () => {
        begun.push(name)
        await new Promise<void>((resolve) => open.push(resolve))
        return name
      })
    const running = [1, 2, 3, 4, 5].map(job)
    await assert.rejects(job(6), UnavailableError)
    await Promise.resolve()
    assert.deepEqual(begun, [1, 2])
    while (begun.length < 5 || open.length > 0) {
      open.shift()?.()
      await new Promise(setImmediate)
      assert.ok(open.length <= 2)
    }
    assert.deepEqual(await Promise.all(running), [1, 2, 3, 4, 5])
    assert.deepEqual(begun, [1, 2, 3, 4, 5])
  })

  it('gives the place of failed work to the next', async () => {
    const pool = new WorkPool('p', { concurrency: 1, maxWaiting: 1 })
    const failing = pool.run(() => Promise.reject(new Error('broken')))
    const next = pool.run(() => Promise.resolve('done'))
    await assert.rejects(failing, /broken/)
    assert.equal(await next, 'done')
  })
})
