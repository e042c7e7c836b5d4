import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { asTurn, WriterLock } from './lock.ts'

async function hold<T>(lock: WriterLock, work: () => Promise<T>): Promise<T> {
  return asTurn(async () => {
    await lock.acquire()
    try {
      return await work()
    } finally {
      lock.release()
    }
  })
}

test('writers take turns in the order they came', async () => {
  const lock = new WriterLock()
  const log: string[] = []
  const writer = (name: string): Promise<void> =>
    hold(lock, async () => {
      log.push(`${name} in`)
      await nextTurn()
      log.push(`${name} out`)
    })
  await Promise.all(['a', 'b', 'c'].map(writer))
  assert.deepEqual(log, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

test('waiting for oneself is refused, however deep inside', async () => {
  const lock = new WriterLock()
  const inside = hold(lock, () => asTurn(() => asTurn(() => lock.acquire())))
  await assert.rejects(inside, /use its session/)
  await hold(lock, async () => {})
})

test('what was started inside and lives on waits like anybody else', async () => {
  const lock = new WriterLock()
  const log: string[] = []
  const later: Promise<void>[] = []
  await hold(lock, async () => {
    for (const name of ['x', 'y']) {
      const start = async (): Promise<void> => {
        await nextTurn()
        await hold(lock, async () => {
          await nextTurn()
          log.push(name)
        })
      }
      later.push(start())
    }
  })
  await Promise.all(later)
  assert.deepEqual(log, ['x', 'y'])
})

test('the writer changes hands without a moment for a newcomer to slip in', async () => {
  const lock = new WriterLock()
  const order: string[] = []
  const take = async (name: string): Promise<void> => {
    await lock.acquire()
    order.push(name)
  }
  await lock.acquire()
  const waiter = take('waiter')
  lock.release()
  const newcomer = take('newcomer')
  await waiter
  await nextTurn()
  assert.deepEqual(order, ['waiter'])
  lock.release()
  await newcomer
  lock.release()
})
