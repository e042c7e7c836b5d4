/**
 * What every store of limits keeps, as tests: one store after the other calls {@link limitContract}.
 * Stores with a clock of their own are asked with a node's clock that is wrong.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitDemand, LimitPolicy, LimitStore } from 'countersign'

/** One store, opened twice as two nodes do. */
export interface LimitFixture {
  readonly nodes: readonly [LimitStore, LimitStore]
  /** Whether the time is the store's, not the node's. */
  readonly hasClock: boolean
}

const SLIDING: LimitPolicy = {
  name: 'sliding',
  algorithm: 'sliding-window',
  limit: 20,
  windowSeconds: 3600,
}
const GCRA: LimitPolicy = { ...SLIDING, name: 'gcra', algorithm: 'gcra', burst: 20 }
const DAILY: LimitPolicy = {
  ...SLIDING,
  name: 'daily',
  algorithm: 'calendar',
  windowSeconds: 86_400,
}
const MONTHLY: LimitPolicy = { ...DAILY, name: 'monthly', windowSeconds: 2_592_000 }
const ALL = [SLIDING, GCRA, DAILY, MONTHLY]
const NOW = Date.now()

let count = 0
const newKey = (): string => `key-${process.pid}-${(count += 1)}`
const demand = (policy: LimitPolicy, key: string, cost = 1): LimitDemand => ({ policy, key, cost })

/** Registers the contract as tests. `open` is called once per test. */
export function limitContract(name: string, open: () => Promise<LimitFixture>): void {
  const holds = (title: string, check: (fixture: LimitFixture) => Promise<void>): void => {
    void test(`limits on ${name}: ${title}`, async () => check(await open()))
  }

  holds('exactly the limit passes of 60 at once from two nodes (SR-204)', async ({ nodes }) => {
    for (const policy of ALL) {
      const key = newKey()
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, async (_, n) =>
          nodes[n % 2 === 0 ? 0 : 1].take([demand(policy, key)], NOW),
        ),
      )
      assert.equal(outcomes.filter(({ allowed }) => allowed).length, 20, policy.name)
    }
  })

  holds(
    'several limits are all charged or none, and a refusal costs nothing',
    async ({ nodes }) => {
      const [store] = nodes
      const tight = { ...SLIDING, name: 'tight', limit: 3 }
      for (const policy of ALL) {
        const [wide, narrow] = [newKey(), newKey()]
        const both = [demand(policy, wide, 2), demand(tight, narrow)]
        const outcomes = []
        for (let n = 0; n < 8; n += 1) outcomes.push((await store.take(both, NOW)).allowed)
        assert.deepEqual(outcomes, [true, true, true, false, false, false, false, false])
        const { states } = await store.peek([demand(policy, wide)], NOW)
        assert.equal(states[0]?.remaining, 14, policy.name)
      }
    },
  )

  holds('demands on one counter add up, in whatever order they race', async ({ nodes }) => {
    const keys = [newKey(), newKey(), newKey()]
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const turned = [...keys.slice(n % 3), ...keys.slice(0, n % 3)]
        const demands = [...turned, ...turned.slice(0, 1)].map((key) => demand(GCRA, key))
        return nodes[n % 2 === 0 ? 0 : 1].take(demands, NOW)
      }),
    )
    // Each takes four units of three counters of twenty: whichever comes, none is overdrawn.
    const passed = outcomes.filter(({ allowed }) => allowed).length
    assert.ok(passed >= 10 && passed <= 15, String(passed))
    for (const key of keys) {
      const { states } = await nodes[0].peek([demand(GCRA, key)], NOW)
      assert.ok((states[0]?.remaining ?? -1) >= 0)
    }
  })

  holds('a look charges nothing, and tells what a charge would be answered', async ({ nodes }) => {
    for (const policy of ALL) {
      const key = newKey()
      await nodes[0].take([demand(policy, key, 15)], NOW)
      assert.equal((await nodes[1].peek([demand(policy, key, 5)], NOW)).allowed, true)
      const over = await nodes[1].peek([demand(policy, key, 6)], NOW)
      assert.equal(over.allowed, false)
      assert.ok((over.states[0]?.retryAfterSeconds ?? 0) > 0)
      assert.equal((await nodes[1].take([demand(policy, key, 5)], NOW)).allowed, true)
      assert.equal((await nodes[1].take([demand(policy, key)], NOW)).allowed, false)
    }
  })

  holds('a policy that shrinks keeps what was spent', async ({ nodes }) => {
    const key = newKey()
    await nodes[0].take([demand(SLIDING, key, 10)], NOW)
    const smaller = { ...SLIDING, limit: 10 }
    assert.equal((await nodes[0].take([demand(smaller, key)], NOW)).allowed, false)
  })

  holds('costs that are no count are refused', async ({ nodes }) => {
    for (const cost of [-1, 0.5, Number.NaN]) {
      await assert.rejects(
        async () => nodes[0].take([demand(SLIDING, newKey(), cost)], NOW),
        RangeError,
      )
    }
  })

  holds('time passes', async ({ nodes, hasClock }) => {
    const paced: LimitPolicy = { ...GCRA, name: 'paced', limit: 10, windowSeconds: 1, burst: 1 }
    const key = newKey()
    const passed = [(await nodes[0].take([demand(paced, key)], NOW)).allowed]
    const deadline = performance.now() + 5000
    for (let n = 1; passed.length < 4 && performance.now() < deadline; n += 1) {
      const { allowed } = await nodes[0].take([demand(paced, key)], NOW + n * 10)
      if (allowed) passed.push(allowed)
    }
    assert.equal(passed.length, 4)
    assert.ok(hasClock || passed.every(Boolean))
  })

  holds(
    'a clock that is 30 s off changes nothing where the store has the time',
    async (fixture) => {
      const { nodes, hasClock } = fixture
      if (!hasClock) return
      for (const policy of [
        { ...SLIDING, windowSeconds: 30 },
        { ...GCRA, windowSeconds: 30 },
      ]) {
        const key = newKey()
        const outcomes = []
        for (let n = 0; n < 60; n += 1) {
          const skewed = NOW + (n % 3) * 30_000 - 30_000
          outcomes.push(await nodes[n % 2 === 0 ? 0 : 1].take([demand(policy, key)], skewed))
        }
        const passed = outcomes.filter(({ allowed }) => allowed).length
        assert.ok(passed >= 20 && passed <= 22, `${policy.name}: ${passed}`)
      }
    },
  )
}
