import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { guard } from '../../core/guard.ts'
import type { Decision, DecisionRecord } from '../../core/decision.ts'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { answer } from '../../core/response.ts'
import { RevocationSet, type Freshness, type Revocations } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { digestCredential, peppers } from '../../crypto/generated-secret.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { mint } from '../../testing/mint.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { apiKeyAttacks, apiKeyRawAttacks, type ApiKeyAttackMaterial } from './attacks.ts'
import { mintApiKey } from './mint.ts'
import type { ApiKeyRecord, ApiKeySource, RemoteKeyVerdict } from './source.ts'
import { apiKey, type ApiKeyOptions } from './verify.ts'

const NOW = 1_700_000_000

async function material(): Promise<ApiKeyAttackMaterial & { readonly source: ApiKeySource }> {
  const good = await mint.apiKey({ now: NOW, record: { scopes: ['orders:read'] } })
  const revoked = await mint.apiKey({ now: NOW, broken: 'revoked' })
  const expired = await mint.apiKey({ now: NOW, broken: 'expired' })
  const notYetValid = await mint.apiKey({ now: NOW, broken: 'not-yet-valid' })
  const elsewhere = await mint.apiKey({ record: { networks: ['203.0.113.0/24'] } })
  const all = [good, revoked, expired, notYetValid, elsewhere]
  return {
    key: new Secret(good.key),
    digest: good.record.digest,
    revoked: new Secret(revoked.key),
    expired: new Secret(expired.key),
    notYetValid: new Secret(notYetValid.key),
    elsewhere: new Secret(elsewhere.key),
    source: mint.apiKeySource(all.map(({ record }) => record)),
  }
}

methodContract('api-key', async () => {
  const attack = await material()
  const key = attack.key.reveal()
  return {
    method: apiKey({ brand: 'test', environment: 'live', source: attack.source }),
    now: NOW,
    accepted: [
      { headers: [['X-API-Key', key]] },
      { headers: [['Authorization', `Bearer ${key}`]] },
      { headers: [['authorization', `bearer ${key}`]] },
      { headers: [['X-API-Key', key]], target: '/?key=value&page=test_live' },
    ],
    attacks: [...apiKeyAttacks(attack), ...apiKeyRawAttacks(attack)],
    secrets: [key, key.slice(-38), key.slice(-38, -6), attack.digest],
  }
})

/** A guard at a time that tests move, and what it recorded. */
function desk(options: Partial<ApiKeyOptions> & Pick<ApiKeyOptions, 'source'>) {
  const clock = { now: NOW }
  const records: DecisionRecord[] = []
  const method = apiKey({ brand: 'test', environment: 'live', ...options })
  const door = guard({
    methods: [method],
    clock: () => clock.now * 1000,
    onDecision: (record) => records.push(record),
  })
  const ask = async (key: string, parts: RequestParts = {}): Promise<Decision> =>
    door.check(requestView({ headers: [['x-api-key', key]], ...parts }))
  const reason = async (key: string): Promise<string> => {
    const decision = await ask(key)
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  return { clock, records, door, ask, reason }
}

const pepper = (letter: string): Secret => new Secret(letter.repeat(43))

const unreachable = (): never => {
  throw new UnavailableError('store', 'gone')
}

/** Counts look-ups of a source. */
function counted(records: readonly ApiKeyRecord[]): {
  source: ApiKeySource
  lookups: () => number
} {
  const inner = mint.apiKeySource(records)
  let lookups = 0
  if (inner.kind !== 'records') throw new Error('records expected')
  const find = (id: string) => {
    lookups += 1
    return inner.find(id)
  }
  return { source: { ...inner, find }, lookups: () => lookups }
}

/** Revocations with a feed that tests cut. */
function feed() {
  const set = new RevocationSet()
  const state: { freshness: Freshness } = { freshness: 'live' }
  const revocations: Revocations = {
    find: (facts) => set.find(facts),
    freshness: () => state.freshness,
  }
  return { set, state, revocations }
}

describe('an API key', () => {
  it('refuses form, checksum, brand and environment without a look-up', async () => {
    const attack = await material()
    const spelling = new Set([
      'api-key.malformed',
      'api-key.checksum-invalid',
      'api-key.environment-mismatch',
    ])
    const rows = apiKeyAttacks(attack).filter(({ reason }) => spelling.has(reason))
    assert.ok(rows.length > 15)
    const { source, lookups } = counted([])
    const { door } = desk({ source })
    for (const row of rows) await door.check(requestView(row))
    assert.equal(lookups(), 0)
  })

  it('checks in the documented order, and shows it', async () => {
    const { key, record } = await mint.apiKey({ record: { networks: ['192.0.2.0/24'] } })
    const { ask, records } = desk({ source: mint.apiKeySource([record]) })
    await ask(key)
    assert.deepEqual(
      records[0]?.checks.map(({ name, passed }) => [name, passed]),
      [
        'api-key.form',
        'api-key.checksum',
        'api-key.brand',
        'api-key.environment',
        'api-key.known',
        'api-key.secret',
        'api-key.revoked',
        'api-key.not-before',
        'api-key.expiry',
        'api-key.network',
      ].map((name) => [name, true]),
    )
  })

  it('decides by the first failing check', async () => {
    const everything = {
      revokedAt: NOW - 1,
      notBefore: NOW + 1,
      expiresAt: NOW - 1,
      networks: ['203.0.113.0/24'],
    }
    const order: readonly (readonly [keyof typeof everything, string])[] = [
      ['revokedAt', 'api-key.revoked'],
      ['notBefore', 'api-key.not-yet-valid'],
      ['expiresAt', 'api-key.expired'],
      ['networks', 'api-key.network-denied'],
    ]
    const left: Partial<typeof everything> = { ...everything }
    for (const [fault, reason] of order) {
      const { key, source } = await mint.apiKey({ record: left })
      assert.equal(await desk({ source }).reason(key), reason)
      delete left[fault]
    }
  })

  it('answers an unknown id and a wrong secret byte for byte the same (SR-201)', async () => {
    const good = await mint.apiKey()
    const wrong = await mint.apiKey({ broken: 'wrong-secret' })
    const unknown = await mint.apiKey({ broken: 'unknown' })
    const { door, ask } = desk({ source: mint.apiKeySource([good.record, wrong.record]) })
    const bodies = await Promise.all(
      [wrong.key, unknown.key].map(async (key) => {
        const decision = await ask(key)
        assert.equal(decision.outcome, 'refused')
        return JSON.stringify(answer({ ...decision, decisionId: 'dec_0' }, door))
      }),
    )
    assert.equal(bodies[0], bodies[1])
    assert.match(String(bodies[0]), /credential-invalid/)
  })

  it('does the same hash and comparison for an unknown id as for a wrong secret (SR-201)', async () => {
    const wrong = await mint.apiKey({ broken: 'wrong-secret' })
    const unknown = await mint.apiKey({ broken: 'unknown' })
    const inner = mint.apiKeySource([wrong.record])
    assert.equal(inner.kind, 'records')
    const digests: number[] = []
    const ring = {
      ...inner.peppers,
      digest: (text: string, version: number) => {
        digests.push(text.length)
        return inner.peppers.digest(text, version)
      },
    }
    const { reason } = desk({ source: { ...inner, peppers: ring } })
    assert.equal(await reason(wrong.key), 'api-key.secret-mismatch')
    assert.equal(await reason(unknown.key), 'api-key.unknown')
    assert.deepEqual(digests, [wrong.key.length, unknown.key.length])
  })

  it('builds the principal that the record names', async () => {
    const table = [
      { principalType: undefined, type: 'service', clientId: undefined },
      { principalType: 'user', type: 'user', clientId: undefined },
      { principalType: 'client', type: 'client', clientId: 'svc_test' },
    ] as const
    for (const { principalType, type, clientId } of table) {
      const { key, source } = await mint.apiKey({
        record: {
          tenant: 'acme',
          metadata: { team: 'a' },
          ...(principalType && { principalType }),
        },
      })
      const decision = await desk({ source }).ask(key)
      assert.equal(decision.outcome, 'allowed')
      const { principal } = decision
      assert.deepEqual(
        [principal.type, principal.tenant, principal.method, principal.id, principal.claims],
        [type, 'acme', 'api-key', 'svc_test', { team: 'a' }],
      )
      assert.equal(principal.authenticatedAt, NOW)
      assert.equal('clientId' in principal ? principal.clientId : undefined, clientId)
    }
  })

  it('hands the limits of its record to the guard, which charges them', async () => {
    const limits = [
      { name: 'per-key', algorithm: 'sliding-window', limit: 2, windowSeconds: 60 },
    ] as const
    const { key, source } = await mint.apiKey({ record: { limits } })
    const { reason } = desk({ source })
    const seen = [await reason(key), await reason(key), await reason(key)]
    assert.deepEqual(seen, ['allowed', 'allowed', 'limit.exceeded'])
  })

  it('tells who used a key, and only for accepted requests', async () => {
    const { key, source, record } = await mint.apiKey({ record: { expiresAt: NOW + 10 } })
    const uses: [string, number][] = []
    const { reason, clock } = desk({ source, onUse: (id, now) => uses.push([id, now]) })
    await reason(key)
    clock.now = NOW + 10
    assert.equal(await reason(key), 'api-key.expired')
    assert.deepEqual(uses, [[record.id, NOW]])
  })

  it('lets two live keys of one service overlap (rotation)', async () => {
    const old = await mint.apiKey({ record: { expiresAt: NOW + 60 } })
    const next = await mint.apiKey()
    const { reason, clock } = desk({ source: mint.apiKeySource([old.record, next.record]) })
    assert.deepEqual([await reason(old.key), await reason(next.key)], ['allowed', 'allowed'])
    clock.now = NOW + 60
    assert.deepEqual(
      [await reason(old.key), await reason(next.key)],
      ['api-key.expired', 'allowed'],
    )
  })

  it('is accepted under an older pepper for as long as that is configured', async () => {
    const old = peppers(new Map([[1, pepper('a')]]))
    const both = peppers(
      new Map([
        [1, pepper('a')],
        [2, pepper('b')],
      ]),
    )
    const { id, key } = mintApiKey({ brand: 'test', environment: 'live' })
    const stored = await Promise.resolve(digestCredential(old, key))
    const { record } = await mint.apiKey()
    const find = () => ({ ...record, ...stored, id })
    const at = (ring: typeof old): Promise<string> =>
      desk({ source: { kind: 'records', find, peppers: ring } }).reason(key.reveal())
    assert.equal(stored.pepperVersion, 1)
    assert.equal(await at(both), 'allowed')
    const onlyNew = peppers(new Map([[2, pepper('b')]]))
    assert.equal(await at(onlyNew), 'request.unavailable', 'a lost pepper is not a wrong key')
  })

  it('fails closed when the table is down, and says nothing about the key', async () => {
    const { key, source } = await mint.apiKey()
    assert.equal(source.kind, 'records')
    assert.equal(
      await desk({ source: { ...source, find: unreachable } }).reason(key),
      'request.unavailable',
    )
  })

  it('fails closed on a record that cannot be read', async () => {
    for (const bad of [
      { networks: ['nonsense'] },
      { limits: [{ name: 'x', algorithm: 'gcra', limit: 1, windowSeconds: 1 } as const] },
    ]) {
      const { key, source } = await mint.apiKey({ record: bad })
      assert.equal(await desk({ source }).reason(key), 'request.unavailable')
    }
  })

  it('is not found in the Authorization header of other credentials of the brand', async () => {
    const { source } = await mint.apiKey()
    const { door } = desk({ source })
    for (const environment of ['at', 'rt', 'cs']) {
      const headers = [['authorization', `Bearer test_${environment}_x`]] as const
      const decision = await door.check(requestView({ headers }))
      assert.equal(
        decision.outcome === 'refused' && decision.reason,
        'request.unsupported-credential',
      )
    }
  })

  it('can travel in another header', async () => {
    const { key, source } = await mint.apiKey()
    const { door } = desk({ source, header: 'x-acme-key' })
    const decision = await door.check(requestView({ headers: [['X-Acme-Key', key]] }))
    assert.equal(decision.outcome, 'allowed')
  })
})

describe('the lease of an API key', () => {
  it('is not taken for a table of one’s own without a feed: revoked is refused at once', async () => {
    const { key, record } = await mint.apiKey()
    let current: ApiKeyRecord = record
    const inner = mint.apiKeySource([])
    assert.equal(inner.kind, 'records')
    const { reason } = desk({ source: { ...inner, find: () => current } })
    assert.equal(await reason(key), 'allowed')
    current = { ...record, revokedAt: NOW }
    assert.equal(await reason(key), 'api-key.revoked')
  })

  it('saves look-ups while the feed is live, and ends with the feed’s word', async () => {
    const { key, record } = await mint.apiKey()
    const { source, lookups } = counted([record])
    const { set, revocations } = feed()
    const { reason, clock } = desk({ source, revocations })
    for (let second = 0; second < 100; second += 1) {
      clock.now = NOW + second
      assert.equal(await reason(key), 'allowed')
    }
    assert.equal(lookups(), 1)
    set.add({ tenant: 'default', kind: 'credential', subject: record.id, expiresAt: NOW + 9999 })
    assert.equal(await reason(key), 'api-key.revoked')
  })

  it('ends for the revocation of its principal and its tenant, and of nobody else', async () => {
    for (const [kind, subject, reason] of [
      ['principal', 'svc_test', 'api-key.revoked'],
      ['tenant', 'default', 'api-key.revoked'],
      ['principal', 'svc_other', 'allowed'],
      ['credential', 'other', 'allowed'],
    ] as const) {
      const { key, source } = await mint.apiKey()
      const { set, revocations } = feed()
      const door = desk({ source, revocations })
      await door.reason(key)
      set.add({ tenant: 'default', kind, subject, expiresAt: NOW + 9999 })
      assert.equal(await door.reason(key), reason, `${kind} ${subject}`)
    }
  })

  it('looks again when the feed says that something changed, and once', async () => {
    const { key, record } = await mint.apiKey({ record: { scopes: ['a'] } })
    let current: ApiKeyRecord = record
    let lookups = 0
    const inner = mint.apiKeySource([])
    assert.equal(inner.kind, 'records')
    const find = () => {
      lookups += 1
      return current
    }
    const { set, revocations } = feed()
    const { ask, clock } = desk({ source: { ...inner, find }, revocations })
    await ask(key)
    clock.now = NOW + 5
    current = { ...record, scopes: ['b'] }
    const change = { kind: 'credential', subject: record.id, issuedBefore: NOW + 5 } as const
    set.add({ tenant: 'default', ...change, expiresAt: NOW + 9999 })
    const decision = await ask(key)
    assert.deepEqual(decision.outcome === 'allowed' && decision.principal.scopes, ['b'])
    clock.now = NOW + 6
    await ask(key)
    await ask(key)
    assert.equal(lookups, 3, 'the second of the change cannot be leased, the next one can')
  })

  it('lives for maxStalenessSeconds without a feed, and not a second longer', async () => {
    const { key, record } = await mint.apiKey()
    const { source, lookups } = counted([record])
    const { reason, clock } = desk({ source, maxStalenessSeconds: 10 })
    for (const [second, expected] of [
      [0, 1],
      [9, 1],
      [10, 2],
      [19, 2],
    ] as const) {
      clock.now = NOW + second
      await reason(key)
      assert.equal(lookups(), expected, `after ${second} s`)
    }
  })

  it('accepts nothing before the feed has started and after it was lost', async () => {
    const { key, source } = await mint.apiKey()
    const { state, revocations } = feed()
    const { reason } = desk({ source, revocations })
    for (const [freshness, expected] of [
      ['starting', 'request.unavailable'],
      ['live', 'allowed'],
      ['stale', 'allowed'],
      ['lost', 'request.unavailable'],
    ] as const) {
      state.freshness = freshness
      assert.equal(await reason(key), expected, freshness)
    }
  })

  it('never outlives the key', async () => {
    const { key, record } = await mint.apiKey({ record: { expiresAt: NOW + 5 } })
    const { revocations } = feed()
    const { reason, clock } = desk({ source: mint.apiKeySource([record]), revocations })
    assert.equal(await reason(key), 'allowed')
    clock.now = NOW + 5
    assert.equal(await reason(key), 'api-key.expired')
  })

  it('asks for one bad key once a second, however often it comes', async () => {
    const { key } = await mint.apiKey({ broken: 'unknown' })
    const { source, lookups } = counted([])
    const { reason, clock } = desk({ source })
    for (let round = 0; round < 100; round += 1) assert.equal(await reason(key), 'api-key.unknown')
    assert.equal(lookups(), 1)
    clock.now = NOW + 1
    await reason(key)
    assert.equal(lookups(), 2)
  })
})

const remote = (verdict: RemoteKeyVerdict, seen: string[] = []): ApiKeySource => ({
  kind: 'remote',
  verify: async (key) => {
    seen.push(key.reveal())
    return verdict
  },
})

describe('a remote source of API keys', () => {
  const principal = {
    type: 'service',
    id: 'svc_remote',
    tenant: 'default',
    method: 'api-key',
    credentialId: 'remote',
    scopes: ['orders:read'],
    claims: {},
    authenticatedAt: NOW - 100,
  } as const
  it('is asked once for many requests at a time (single flight)', async () => {
    const { key } = await mint.apiKey()
    const seen: string[] = []
    const { reason } = desk({ source: remote({ outcome: 'accepted', principal, asOf: NOW }, seen) })
    const answers = await Promise.all(Array.from({ length: 50 }, () => reason(key)))
    assert.deepEqual(new Set(answers), new Set(['allowed']))
    assert.deepEqual(seen, [key])
  })

  it('has its networks, limits and expiry enforced on every request', async () => {
    const { key } = await mint.apiKey()
    const terms = { networks: ['192.0.2.0/24'], expiresAt: NOW + 5 }
    const { ask, clock } = desk({
      source: remote({ outcome: 'accepted', principal, asOf: NOW, ...terms }),
    })
    const reasonAt = async (remoteAddress: string): Promise<string> => {
      const decision = await ask(key, { remoteAddress })
      return decision.outcome === 'refused' ? decision.reason : decision.outcome
    }
    assert.equal(await reasonAt('192.0.2.9'), 'allowed')
    assert.equal(await reasonAt('198.51.100.1'), 'api-key.network-denied')
    clock.now = NOW + 5
    assert.equal(await reasonAt('192.0.2.9'), 'api-key.expired')
  })

  it('is leased, but the proof is as fresh as the request that carries the key', async () => {
    const { key } = await mint.apiKey()
    const { ask, clock } = desk({ source: remote({ outcome: 'accepted', principal, asOf: NOW }) })
    for (const second of [0, 5]) {
      clock.now = NOW + second
      const decision = await ask(key)
      assert.equal(decision.outcome, 'allowed')
      assert.equal(decision.principal.authenticatedAt, NOW + second)
    }
  })

  it('decides the reason, but only among those of API keys', async () => {
    const { key } = await mint.apiKey()
    for (const [reason, expected] of [
      ['api-key.revoked', 'api-key.revoked'],
      ['api-key.secret-mismatch', 'api-key.secret-mismatch'],
      ['request.unavailable', 'api-key.unknown'],
      ['permission.scope-missing', 'api-key.unknown'],
    ] as const) {
      const { reason: ask } = desk({ source: remote({ outcome: 'rejected', reason, asOf: NOW }) })
      assert.equal(await ask(key), expected)
    }
  })

  it('that is down costs a 503, and is asked again', async () => {
    const { key } = await mint.apiKey()
    let down = true
    const source: ApiKeySource = {
      kind: 'remote',
      verify: async () => {
        if (down) throw new UnavailableError('authority', 'no answer')
        return { outcome: 'accepted', principal, asOf: NOW }
      },
    }
    const { reason } = desk({ source })
    assert.equal(await reason(key), 'request.unavailable')
    down = false
    assert.equal(await reason(key), 'allowed')
  })

  it('answers a request that outlived a revocation with the revocation', async () => {
    const { key } = await mint.apiKey()
    const { set, revocations } = feed()
    const source: ApiKeySource = {
      kind: 'remote',
      // The authority looked; then the key was revoked; then the answer arrived.
      verify: async () => {
        set.add({ tenant: 'default', kind: 'credential', subject: 'remote', expiresAt: NOW + 99 })
        return { outcome: 'accepted', principal, asOf: NOW }
      },
    }
    assert.equal(await desk({ source, revocations }).reason(key), 'api-key.revoked')
  })
})

describe('the options of API keys', () => {
  it('are checked at construction', async () => {
    const { source } = await mint.apiKey()
    for (const [options, code] of [
      [{ brand: 'Test' }, 'CS_CONFIG_BRAND_INVALID'],
      [{ brand: 'a_b' }, 'CS_CONFIG_BRAND_INVALID'],
      [{ environment: '' }, 'CS_CONFIG_ENVIRONMENT_INVALID'],
      [{ environment: [] }, 'CS_CONFIG_ENVIRONMENT_MISSING'],
      [{ environment: ['live', 'rt'] }, 'CS_CONFIG_ENVIRONMENT_RESERVED'],
    ] as const) {
      assert.throws(
        () => apiKey({ brand: 'test', environment: 'live', source, ...options }),
        (error) => error instanceof ConfigError && error.code === code,
      )
    }
    assert.throws(() => mintApiKey({ brand: 'test', environment: 'cs' }), ConfigError)
    assert.throws(() => peppers(new Map()), ConfigError)
    assert.throws(() => peppers(new Map([[1, new Secret('short')]])), ConfigError)
  })
})
