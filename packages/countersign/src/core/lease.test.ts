import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { DEFAULTS } from './defaults.ts'
import { UnavailableError } from './errors.ts'
import { isRevoked, LeaseCache, type Leased } from './lease.ts'
import { RevocationSet, type Freshness, type Revocations } from './revocation.ts'

const NOW = 1_700_000_000
const FACTS = { tenant: 'default', credentialId: 'key_1', issuedAt: NOW }

/** Revocations with a feed that tests cut. */
function feed() {
  const set = new RevocationSet()
  const state: { freshness: Freshness } = { freshness: 'live' }
  const revocations: Revocations = {
    find: (facts) => set.find(facts),
    freshness: () => state.freshness,
  }
  const revoke = (subject: string, issuedBefore?: number): void =>
    set.add({
      tenant: 'default',
      kind: 'credential',
      subject,
      expiresAt: NOW + 99_999,
      ...(issuedBefore === undefined ? {} : { issuedBefore }),
    })
  return { revoke, state, revocations }
}

const down = async (): Promise<Leased<string>> => {
  throw new UnavailableError('authority', 'gone')
}

function cache(revocations?: Revocations, maxEntries = 100) {
  const leases = new LeaseCache<string>({
    maxEntries,
    maxStalenessSeconds: 10,
    negativeSeconds: 1,
    ...(revocations === undefined ? {} : { revocations }),
  })
  let loads = 0
  const get = (now: number, leased: Partial<Leased<string>> = { facts: FACTS }, key = 'k') =>
    leases.get(key, now, () => {
      loads += 1
      return { value: `load ${loads}`, ...leased }
    })
  return { leases, get, loads: () => loads }
}

describe('a lease', () => {
  it('without a feed lives for maxStalenessSeconds', () => {
    const { get } = cache()
    for (const [second, expected] of [
      [0, 'load 1'],
      [9, 'load 1'],
      [10, 'load 2'],
    ] as const) {
      assert.equal(get(NOW + second), expected)
    }
  })

  it('under a live feed lives until its bound', () => {
    const { revocations } = feed()
    const { get } = cache(revocations)
    get(NOW)
    assert.equal(get(NOW + DEFAULTS.maxLeaseSeconds - 1), 'load 1')
    assert.equal(get(NOW + DEFAULTS.maxLeaseSeconds), 'load 2')
  })

  it('that was replaced by an answer of no duration is gone', () => {
    const { get } = cache()
    get(NOW)
    // Past its end, and answered by a credential that is over: believed for not a moment.
    get(NOW + 10, { facts: FACTS, expiresAt: NOW + 10 })
    // The clock is set back to where the first one was good.
    assert.equal(get(NOW + 1), 'load 3')
  })

  it('never outlives the credential, with or without a feed', () => {
    for (const revocations of [undefined, feed().revocations]) {
      const { get } = cache(revocations)
      const leased = { facts: FACTS, expiresAt: NOW + 5 }
      get(NOW, leased)
      assert.equal(get(NOW + 4, leased), 'load 1')
      assert.equal(get(NOW + 5, leased), 'load 2')
    }
  })

  it('ends with the revocation that names it, and no other', () => {
    const { revoke, revocations } = feed()
    const { get } = cache(revocations)
    get(NOW)
    revoke('key_2')
    assert.equal(get(NOW + 1), 'load 1')
    revoke('key_1')
    assert.equal(get(NOW + 1), 'load 2')
  })

  it('survives a feed that is stale, ends with one that is lost, and returns with it', () => {
    const { state, revocations } = feed()
    const { get } = cache(revocations)
    get(NOW)
    state.freshness = 'stale'
    assert.equal(get(NOW + 1), 'load 1')
    state.freshness = 'lost'
    assert.equal(get(NOW + 2), 'load 2')
    state.freshness = 'live'
    assert.equal(get(NOW + 3), 'load 2')
  })

  it('taken while the feed is cut is bounded by maxStalenessSeconds even when the feed returns', () => {
    const { state, revocations } = feed()
    state.freshness = 'stale'
    const { get } = cache(revocations)
    get(NOW)
    state.freshness = 'live'
    assert.equal(get(NOW + 9), 'load 1')
    assert.equal(get(NOW + 10), 'load 2')
  })

  it('that is negative lives for negativeSeconds', () => {
    for (const revocations of [undefined, feed().revocations]) {
      const { get } = cache(revocations)
      assert.equal(get(NOW, {}), 'load 1')
      assert.equal(get(NOW, {}), 'load 1')
      assert.equal(get(NOW + 1, {}), 'load 2')
    }
  })

  it('gives way to a negative answer, and the other way round', () => {
    const { get } = cache()
    get(NOW)
    assert.equal(get(NOW + 10, {}), 'load 2')
    assert.equal(get(NOW + 10), 'load 2')
    assert.equal(get(NOW + 11), 'load 3')
    assert.equal(get(NOW + 12, {}), 'load 3')
  })

  it('is not pushed out by a flood of junk', () => {
    const { get } = cache(undefined, 50)
    get(NOW)
    for (let junk = 0; junk < 10_000; junk += 1) get(NOW, {}, `junk ${junk}`)
    assert.equal(get(NOW), 'load 1')
  })

  it('is one of a bounded number', () => {
    const { get, loads } = cache(undefined, 50)
    for (let key = 0; key < 1000; key += 1) get(NOW, { facts: FACTS }, `key ${key}`)
    for (let key = 0; key < 1000; key += 1) get(NOW, { facts: FACTS }, `key ${key}`)
    assert.ok(loads() >= 1950)
  })

  it('is taken once for everybody who asks meanwhile', async () => {
    const { leases } = cache()
    const gate = Promise.withResolvers<Leased<string>>()
    let loads = 0
    const load = (): Promise<Leased<string>> => {
      loads += 1
      return gate.promise
    }
    const asked = Array.from({ length: 100 }, async () => leases.get('k', NOW, load))
    gate.resolve({ value: 'good', facts: FACTS })
    assert.deepEqual(new Set(await Promise.all(asked)), new Set(['good']))
    assert.equal(loads, 1)
  })

  it('that could not be taken is tried again, and everybody who waited is told', async () => {
    const { leases } = cache()
    const asked = await Promise.allSettled([1, 2, 3].map(async () => leases.get('k', NOW, down)))
    assert.ok(asked.every(({ status }) => status === 'rejected'))
    assert.equal(await leases.get('k', NOW, () => ({ value: 'back', facts: FACTS })), 'back')
  })

  it('is taken again when the answer is older than a change that arrived meanwhile', async () => {
    const { revoke, revocations } = feed()
    const { leases } = cache(revocations)
    const values = ['old', 'new']
    let loads = 0
    const load = async (): Promise<Leased<string>> => {
      const value = values[loads] ?? ''
      loads += 1
      const issuedAt = NOW + loads
      if (loads === 1) revoke('key_1', NOW + 2)
      return { value, facts: { ...FACTS, issuedAt } }
    }
    assert.equal(await leases.get('k', NOW, load), 'new')
    assert.equal(loads, 2)
  })

  it('is over when the owner says that nothing can be believed any more', () => {
    const { leases, get } = cache()
    get(NOW)
    get(NOW, {}, 'junk')
    leases.clear()
    assert.equal(get(NOW), 'load 3')
    assert.equal(get(NOW, {}, 'junk'), 'load 4')
  })
})

describe('a revocation', () => {
  it('ends a proof for good, and with a cut-off asks for a new look only', () => {
    const { revoke, revocations } = feed()
    assert.equal(isRevoked(undefined, FACTS), false)
    assert.equal(isRevoked(revocations, FACTS), false)
    revoke('key_1', NOW + 5)
    assert.equal(isRevoked(revocations, FACTS), false)
    revoke('key_1')
    assert.equal(isRevoked(revocations, FACTS), true)
  })
})
