/** What every memory of single uses keeps, as tests: one store after the other calls {@link replayContract}. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplayClaim, ReplayStore } from 'countersign'

/** One memory, opened twice as two nodes do. Its fence must be long past. */
export type ReplayFixture = readonly [ReplayStore, ReplayStore]

let count = 0

/** A claim that was signed now. */
export function claimNow(given: Partial<ReplayClaim> = {}): ReplayClaim {
  const now = Math.floor(Date.now() / 1000)
  const use = `use ${process.pid} ${(count += 1)}`
  const terms = { signedAt: now, expiresAt: now + 120, toleranceSeconds: 0 }
  return { tenant: 'default', credentialId: 'sig_one', use, ...terms, ...given }
}

/** Registers the contract as tests. `open` is called once per test. */
export function replayContract(name: string, open: () => Promise<ReplayFixture>): void {
  const holds = (title: string, check: (nodes: ReplayFixture) => Promise<void>): void => {
    void test(`uses in ${name}: ${title}`, async () => check(await open()))
  }
  const now = Math.floor(Date.now() / 1000)

  holds('one of 60 at once wins, on two nodes (SR-106)', async (nodes) => {
    const claim = claimNow()
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => nodes[n % 2 === 0 ? 0 : 1].claim(claim, now)),
    )
    assert.equal(outcomes.filter((outcome) => outcome === 'claimed').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'replayed').length, 59)
  })

  holds('they are one credential’s', async ([store]) => {
    const claim = claimNow()
    const others = [{ tenant: 'acme' }, { credentialId: 'sig_two' }, { use: `${claim.use}x` }]
    assert.equal(await store.claim(claim, now), 'claimed')
    for (const other of others) {
      assert.equal(await store.claim({ ...claim, ...other }, now), 'claimed')
    }
    assert.equal(await store.claim(claim, now), 'replayed')
  })

  holds('what was signed before the memory began is fenced (SR-107)', async ([store]) => {
    const old = claimNow({ signedAt: now - 10_000 })
    assert.equal(await store.claim(old, now), 'fenced')
  })

  holds('a node whose clock is 30 s off replays nothing', async ([one, two]) => {
    const claim = claimNow()
    assert.equal(await one.claim(claim, now + 30), 'claimed')
    assert.equal(await two.claim(claim, now - 30), 'replayed')
  })
}
