import { strict as assert } from 'node:assert'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { backoffMs, pause, Watchdog } from './reconnect.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('reconnecting', () => {
  it('waits longer after each failure, never as long as others, and at most five seconds', () => {
    for (const [failures, most] of [
      [0, 100],
      [3, 800],
      [50, 5000],
    ] as const) {
      const delays = Array.from({ length: 50 }, () => backoffMs(failures))
      assert(delays.every((delay) => delay >= most / 2 && delay <= most))
      assert(new Set(delays).size > 1)
    }
  })
  it('pauses no longer than its owner lives, and leaves no listener behind', async () => {
    const owner = new AbortController()
    const waiting = pause(60_000, owner.signal)
    owner.abort()
    await waiting
    await pause(60_000, owner.signal)
    await pause(1, new AbortController().signal)
    assert.equal(listeners(owner.signal), 0)
  })
})

describe('Watchdog', () => {
  it('hangs up with its owner', () => {
    const owner = new AbortController()
    const dog = new Watchdog(60_000, owner.signal)
    assert.equal(dog.signal.aborted, false)
    owner.abort()
    assert.equal(dog.signal.aborted, true)
    dog.stop()
    const late = new Watchdog(60_000, owner.signal)
    assert.equal(late.signal.aborted, true)
    late.stop()
  })
  it('leaves no listener on its owner: a feed may reconnect for years', () => {
    const owner = new AbortController()
    new Watchdog(60_000, owner.signal).stop()
    assert.equal(listeners(owner.signal), 0)
  })
})
