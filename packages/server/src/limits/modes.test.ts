import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  memoryLimits,
  UnavailableError,
  type LimitDemand,
  type LimitPolicy,
  type LimitStore,
} from 'countersign'
import { withFailover } from './failover.ts'
import { SlicedLimits, sliceOf } from './slices.ts'

const NOW = 1_800_000_000_000
const POLICY: LimitPolicy = {
  name: 'p',
  algorithm: 'sliding-window',
  limit: 100,
  windowSeconds: 60,
}
const demand = (policy: LimitPolicy, cost = 1, key = 'k'): LimitDemand => ({ policy, key, cost })

/** A store that counts how often it is asked, and answers later, as one over a network does. */
function remote(): { store: LimitStore; asked: () => number } {
  const counted = memoryLimits()
  let asked = 0
  const store: LimitStore = {
    take: async (demands, nowMs) => {
      asked += 1
      await Promise.resolve()
      return counted.take(demands, nowMs)
    },
    peek: async (demands, nowMs) => counted.peek(demands, nowMs),
  }
  return { store, asked: () => asked }
}

const away: LimitStore = {
  take: () => Promise.reject(new UnavailableError('redis', 'gone')),
  peek: () => Promise.reject(new UnavailableError('redis', 'gone')),
}

describe('without its store a limit', () => {
  for (const mode of ['closed', undefined] as const) {
    test(`that is ${mode ?? 'silent about it'} answers nothing`, async () => {
      const heard: string[] = []
      const limits = withFailover(away, { onFailure: (name) => heard.push(name) })
      const policy = mode === undefined ? POLICY : { ...POLICY, onStoreFailure: mode }
      const open = { ...POLICY, onStoreFailure: 'open' } as const
      await assert.rejects(
        async () => limits.take([demand(open), demand(policy)], NOW),
        UnavailableError,
      )
      assert.deepEqual(heard, ['closed'])
    })
  }

  test('that is local counts in this process, and says so', async () => {
    const limits = withFailover(away, { onFailure: () => {} })
    const policy = { ...POLICY, limit: 3, onStoreFailure: 'local' } as const
    const outcomes = []
    for (let n = 0; n < 5; n += 1) outcomes.push(await limits.take([demand(policy)], NOW))
    assert.deepEqual(
      outcomes.map(({ allowed, degraded }) => [allowed, degraded]),
      [
        [true, 'local'],
        [true, 'local'],
        [true, 'local'],
        [false, 'local'],
        [false, 'local'],
      ],
    )
    assert.equal((await limits.peek([demand(policy)], NOW)).allowed, false)
  })

  test('that is open lets pass, beside one that counts', async () => {
    const limits = withFailover(away, { onFailure: () => {} })
    const open = { ...POLICY, limit: 1, onStoreFailure: 'open' } as const
    const local = { ...POLICY, name: 'l', limit: 3, onStoreFailure: 'local' } as const
    for (let n = 0; n < 3; n += 1) {
      const outcome = await limits.take([demand(open), demand(local)], NOW)
      assert.deepEqual(
        outcome.states.map(({ policy, remaining }) => [policy.name, remaining]),
        [
          ['p', 1],
          ['l', 2 - n],
        ],
      )
    }
    assert.equal((await limits.take([demand(open), demand(local)], NOW)).allowed, false)
    assert.equal((await limits.take([demand(open)], NOW)).degraded, 'open')
  })

  test('hides no mistake', async () => {
    const broken: LimitStore = { ...away, take: () => Promise.reject(new TypeError('x')) }
    const limits = withFailover(broken, { onFailure: () => {} })
    await assert.rejects(async () => limits.take([demand(POLICY)], NOW), TypeError)
  })
})

describe('a limit that may be counted locally', () => {
  const local: LimitPolicy = { ...POLICY, consistency: 'local' }

  test('asks the store for one request in twenty slices, and passes exactly the limit', async () => {
    const { store, asked } = remote()
    const node = new SlicedLimits(store)
    let passed = 0
    for (let n = 0; n < 150; n += 1)
      if ((await node.take([demand(local)], NOW)).allowed) passed += 1
    assert.equal(passed, 100)
    assert.equal(asked(), 20 + 2 * 50)
  })

  test('passes no more than the limit among racing requests of two nodes', async () => {
    const { store } = remote()
    const nodes = [new SlicedLimits(store), new SlicedLimits(store)]
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => nodes[n % 2]?.take([demand(local)], NOW)),
    )
    const passed = outcomes.filter((outcome) => outcome?.allowed === true).length
    assert.ok(passed <= 100 && passed > 100 - 2 * sliceOf(demand(local)), String(passed))
  })

  for (const algorithm of ['sliding-window', 'gcra', 'calendar'] as const) {
    test(`passes at most nodes × a slice too much in any window (${algorithm})`, async () => {
      const policy: LimitPolicy = {
        ...local,
        algorithm,
        ...(algorithm === 'gcra' ? { burst: 100 } : {}),
        ...(algorithm === 'calendar' ? { windowSeconds: 86_400 } : {}),
      }
      const strict = memoryLimits()
      const { store } = remote()
      const nodes = [new SlicedLimits(store), new SlicedLimits(store), new SlicedLimits(store)]
      const windowMs = policy.windowSeconds * 1000
      const slack = nodes.length * sliceOf(demand(policy))
      let [ours, exact] = [0, 0]
      for (let step = 0; step < 1200; step += 1) {
        const at = NOW + Math.floor((step * windowMs) / 200)
        const busy = step % 400 < 250
        for (const node of busy ? nodes : nodes.slice(0, 1)) {
          if ((await node.take([demand(policy)], at)).allowed) ours += 1
          if ((await strict.take([demand(policy)], at)).allowed) exact += 1
        }
        assert.ok(ours <= exact + slack * Math.ceil((step + 1) / 200), `${ours} ${exact}`)
      }
      assert.ok(ours > exact * 0.9, `${ours} of ${exact}`)
    })
  }

  test('gives everything back when another limit of the request refuses', async () => {
    const { store } = remote()
    const node = new SlicedLimits(store)
    const tight = { ...POLICY, name: 'tight', limit: 1 }
    assert.ok((await node.take([demand(local)], NOW)).allowed)
    assert.ok((await node.take([demand(local), demand(tight)], NOW)).allowed)
    for (let n = 0; n < 50; n += 1) {
      assert.equal((await node.take([demand(local), demand(tight)], NOW)).allowed, false)
    }
    let passed = 0
    for (let n = 0; n < 150; n += 1)
      if ((await node.take([demand(local)], NOW)).allowed) passed += 1
    assert.equal(passed, 98)
  })

  test('holds on to nothing that only this process counted', async () => {
    const node = new SlicedLimits(withFailover(away, { onFailure: () => {} }))
    const policy = { ...local, onStoreFailure: 'local' } as const
    let passed = 0
    for (let n = 0; n < 150; n += 1)
      if ((await node.take([demand(policy)], NOW)).allowed) passed += 1
    assert.ok(passed <= 100, String(passed))
  })

  test('looks without spending', async () => {
    const { store } = remote()
    const node = new SlicedLimits(store)
    await node.take([demand(local)], NOW)
    const before = await node.peek([demand(local)], NOW)
    assert.deepEqual(await node.peek([demand(local)], NOW), before)
    assert.equal(before.allowed, true)
  })
})
