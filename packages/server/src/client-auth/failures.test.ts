import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryLimits, type LimitStore } from 'countersign'
import { clientFailures } from './failures.ts'

const NOW = 1_790_000_000_000
const ONE = { tenant: 'default', clientId: 'cli_1', address: '192.0.2.1' }

/** A store that tells how often it was asked where a limit stands. */
function watched() {
  const store = memoryLimits()
  const asked = { times: 0 }
  const peek: LimitStore['peek'] = (demands, nowMs) => {
    asked.times += 1
    return store.peek(demands, nowMs)
  }
  return { asked, store: { take: store.take.bind(store), peek } }
}

test('a client that failed nowhere is asked about once a second, and no token waits for it', async () => {
  const { asked, store } = watched()
  const failures = clientFailures(store)
  for (const ms of [0, 1, 999]) assert.equal(await failures.blockedFor(ONE, NOW + ms), 0)
  assert.equal(asked.times, 1)
  await failures.blockedFor(ONE, NOW + 1000)
  assert.equal(asked.times, 2)
})

test('a failure counts at once here, and within a second at another process (SR-030)', async () => {
  const { store } = watched()
  const [here, there] = [clientFailures(store), clientFailures(store)]
  assert.equal(await there.blockedFor(ONE, NOW), 0)
  assert.equal(await here.blockedFor(ONE, NOW), 0)
  for (let count = 0; count < 10; count += 1) await here.count(ONE, NOW)
  assert.ok((await here.blockedFor(ONE, NOW)) > 0)
  assert.ok((await there.blockedFor(ONE, NOW + 1000)) > 0)
})

test('one failure is enough to be asked about at every request', async () => {
  const { asked, store } = watched()
  const failures = clientFailures(store)
  await failures.count(ONE, NOW)
  for (const ms of [1, 2, 3]) await failures.blockedFor(ONE, NOW + ms)
  assert.equal(asked.times, 3)
})

test('what was not asked is not known: another client, tenant or address', async () => {
  const { asked, store } = watched()
  const failures = clientFailures(store)
  await failures.blockedFor(ONE, NOW)
  const others = [{ clientId: 'cli_2' }, { tenant: 'acme' }, { address: '198.51.100.1' }]
  for (const other of others) await failures.blockedFor({ ...ONE, ...other }, NOW)
  assert.equal(asked.times, 4)
})
