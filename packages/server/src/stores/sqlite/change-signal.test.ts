import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { ChangeSignal } from './change-signal.ts'

test('it looks for commits only while somebody listens', () => {
  mock.timers.enable({ apis: ['setInterval'] })
  let looks = 0
  const signal = new ChangeSignal(() => {
    looks += 1
    return 1
  })
  mock.timers.tick(1000)
  assert.equal(looks, 0)
  const stops = [signal.subscribe(() => {}), signal.subscribe(() => {})]
  mock.timers.tick(1000)
  assert.equal(looks, 11)
  for (const stop of stops) stop()
  mock.timers.tick(1000)
  assert.equal(looks, 11)
  mock.timers.reset()
})

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('it does not keep a process alive', () => {
  const before = timers()
  const stop = new ChangeSignal(() => 1).subscribe(() => {})
  assert.equal(timers(), before)
  stop()
})

test('a look that fails is not the end: the next one is heard', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const versions = [1, undefined, 2]
  let heard = 0
  const signal = new ChangeSignal(() => {
    const version = versions.shift()
    if (version === undefined) throw new Error('disk I/O error')
    return version
  })
  const stop = signal.subscribe(() => {
    heard += 1
  })
  mock.timers.tick(200)
  await Promise.resolve()
  assert.equal(heard, 1)
  stop()
  mock.timers.reset()
})
