import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Decision, DecisionRecord } from '../../core/decision.ts'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import type { LimitPolicy, LimitStore } from '../../core/limits.ts'
import { memoryLimits } from '../../core/memory-limits.ts'
import { answer } from '../../core/response.ts'
import { RevocationSet, type Revocations } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { mint } from '../../testing/mint.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { basicAttacks, basicRawAttacks } from './attacks.ts'
import { parseBasic } from './format.ts'
import { basicCredentials } from './sign.ts'
import type { BasicSource } from './source.ts'
import { basic, type BasicOptions } from './verify.ts'

const NOW = 1_700_000_000
const FIVE: LimitPolicy = {
  name: 'basic-failures',
  algorithm: 'sliding-window',
  limit: 5,
  windowSeconds: 900,
}

methodContract('basic', () => {
  const { username, password, headers, source } = mint.basic({ password: 'pässword-of-ada' })
  const material = { username, password: new Secret(password) }
  return {
    method: basic({ source }),
    now: NOW,
    accepted: [{ headers: Object.entries(headers) }],
    attacks: [...basicAttacks(material), ...basicRawAttacks(material)],
    secrets: [password, headers.authorization.slice('Basic '.length), 'pässword'],
  }
})

function desk(options: Partial<BasicOptions> & Pick<BasicOptions, 'source'>) {
  const clock = { now: NOW }
  const records: DecisionRecord[] = []
  const door = guard({
    methods: [basic(options)],
    clock: () => clock.now * 1000,
    onDecision: (record) => records.push(record),
  })
  const ask = async (authorization: string, parts: RequestParts = {}): Promise<Decision> =>
    door.check(requestView({ headers: [['authorization', authorization]], ...parts }))
  const reason = async (authorization: string, parts: RequestParts = {}): Promise<string> => {
    const decision = await ask(authorization, parts)
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  return { clock, door, records, ask, reason }
}

/** Counts the checks of a source: each is a slow hash. */
function counted(source: BasicSource): { readonly source: BasicSource; checks: () => number } {
  let checks = 0
  const verify: BasicSource['verify'] = (sent) => {
    checks += 1
    return source.verify(sent)
  }
  return { source: { verify }, checks: () => checks }
}

describe('a user name and a password', () => {
  it('survive the way through the header, in any script', () => {
    for (const [username, password] of [
      ['ada', 'correct horse'],
      ['ada', ''],
      ['ada', 'with:colons::'],
      ['aladdin', 'open sesame'],
      ['test', '123£'],
      ['名前', 'パスワード🔒'],
      [' ada ', ' spaced '],
    ] as const) {
      const value = basicCredentials(username, password).slice('Basic '.length)
      const parsed = parseBasic(value)
      assert.ok(parsed.ok)
      assert.deepEqual(
        [parsed.value.username, parsed.value.password.reveal()],
        [username, password],
      )
    }
  })

  it('are written as in RFC 7617', () => {
    assert.equal(basicCredentials('Aladdin', 'open sesame'), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    assert.equal(basicCredentials('test', '123£'), 'Basic dGVzdDoxMjPCow==')
  })

  it('are one password in both Unicode spellings of it', async () => {
    const composed = 'caf\u00e9'
    const { source } = mint.basic({ username: 'ada', password: composed })
    const bytes = new TextEncoder().encode('ada:cafe\u0301')
    const decomposed = btoa(String.fromCharCode(...bytes))
    assert.equal(await desk({ source }).reason(`Basic ${decomposed}`), 'allowed')
  })

  it('cannot be written when the scheme cannot carry them', () => {
    for (const [username, password] of [
      ['', 'x'],
      ['a:b', 'x'],
      ['a', 'line\nbreak'],
      ['a\u0000', 'x'],
    ] as const) {
      assert.throws(() => basicCredentials(username, password), ConfigError)
    }
  })

  it('are asked for with the charset they are read in', () => {
    const { door } = desk(mint.basic())
    assert.deepEqual(door.challenges, [{ scheme: 'Basic', parameters: { charset: 'UTF-8' } }])
  })
})

describe('Basic over plain HTTP', () => {
  it('is refused before the password is decoded or checked (SR-205)', async () => {
    const { headers, source } = mint.basic()
    const { source: watched, checks } = counted(source)
    const { reason, records } = desk({ source: watched })
    const parts = { scheme: 'http' } as const
    assert.equal(await reason(headers.authorization, parts), 'basic.https-required')
    assert.equal(await reason('Basic !!!!', parts), 'basic.https-required')
    assert.equal(checks(), 0)
    assert.deepEqual(
      records.flatMap((record) => record.checks.map(({ name }) => name)),
      ['basic.https', 'basic.https'],
    )
  })

  it('is accepted from loopback only, and only when unsafe says so', async () => {
    const { headers, source } = mint.basic()
    for (const [remoteAddress, allowHttp, expected] of [
      ['127.0.0.1', undefined, 'basic.https-required'],
      ['127.0.0.1', 'loopback', 'allowed'],
      ['::1', 'loopback', 'allowed'],
      ['::ffff:127.0.0.1', 'loopback', 'allowed'],
      ['192.0.2.1', 'loopback', 'basic.https-required'],
      ['10.0.0.1', 'loopback', 'basic.https-required'],
    ] as const) {
      const unsafe = allowHttp === undefined ? {} : { allowHttp }
      const { reason } = desk({ source, unsafe })
      const parts = { scheme: 'http', remoteAddress } as const
      assert.equal(await reason(headers.authorization, parts), expected, remoteAddress)
    }
  })

  it('is accepted when a trusted proxy says HTTPS, and from nobody else', async () => {
    const { headers, source } = mint.basic()
    for (const [remoteAddress, status] of [
      ['10.0.0.7', 'allowed'],
      ['10.0.1.7', 'basic.https-required'],
    ] as const) {
      const door = guard({ methods: [basic({ source })], trustedProxies: ['10.0.0.0/24'] })
      const forwarded = { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.9' }
      const view = requestView({
        scheme: 'http',
        remoteAddress,
        headers: Object.entries(forwarded),
      })
      const decision = await door.check(view)
      assert.equal(decision.outcome === 'refused' ? decision.reason : decision.outcome, status)
    }
  })
})

describe('a failed password', () => {
  it('answers byte for byte what an unknown user is answered', async () => {
    const { source } = mint.basic({ username: 'ada' })
    const { door, ask } = desk({ source })
    const answers = await Promise.all(
      [basicCredentials('ada', 'wrong'), basicCredentials('bob', 'wrong')].map(async (header) => {
        const decision = await ask(header)
        assert.equal(decision.outcome, 'refused')
        return JSON.stringify([answer({ ...decision, decisionId: 'dec' }, door), decision.detail])
      }),
    )
    assert.equal(answers[0], answers[1])
  })

  it('is counted for the account, in every spelling of its name, and blocks it', async () => {
    const { source, headers } = mint.basic({ username: 'ada' })
    const { source: watched, checks } = counted(source)
    const { ask, reason, clock } = desk({ source: watched, failures: FIVE })
    const names = ['ada', 'ADA', 'Ada', 'ada ', '\uff21da']
    for (const name of names) {
      assert.equal(await reason(basicCredentials(name, 'guess')), 'basic.credentials-invalid')
    }
    const blocked = await ask(headers.authorization)
    assert.equal(blocked.outcome === 'refused' && blocked.reason, 'basic.too-many-failures')
    const wait = blocked.outcome === 'refused' ? blocked.retryAfterSeconds : 0
    assert.ok(wait > 0)
    assert.equal(checks(), names.length, 'a blocked account costs no hash')
    clock.now = NOW + wait
    assert.equal(await reason(headers.authorization), 'allowed')
  })

  it('of one account does not block another, nor do successes count', async () => {
    const { source, headers } = mint.basic({ username: 'ada' })
    const { reason, clock } = desk({ source, failures: FIVE, maxStalenessSeconds: 0 })
    for (let round = 0; round < 50; round += 1) {
      clock.now = NOW + round
      await reason(basicCredentials('bob', `guess ${round}`))
      assert.equal(await reason(headers.authorization), 'allowed')
    }
  })

  it('does not lock out whoever was proven lately', async () => {
    const { source, headers } = mint.basic({ username: 'ada' })
    const { reason } = desk({ source, failures: FIVE })
    assert.equal(await reason(headers.authorization), 'allowed')
    for (let guess = 0; guess < 9; guess += 1) await reason(basicCredentials('ada', `${guess}`))
    assert.equal(await reason(basicCredentials('ada', 'again')), 'basic.too-many-failures')
    assert.equal(await reason(headers.authorization), 'allowed')
  })

  it('is counted while it is still being checked: a thousand guesses at once are five', async () => {
    let gate = Promise.withResolvers<void>()
    let checks = 0
    const source: BasicSource = {
      verify: async () => {
        checks += 1
        await gate.promise
        return { outcome: 'rejected' }
      },
    }
    // A store across the network answers late: the seat must be taken before it is asked.
    const inner = memoryLimits()
    const remote: LimitStore = {
      take: async (demands, nowMs) => inner.take(demands, nowMs),
      peek: async (demands, nowMs) => inner.peek(demands, nowMs),
    }
    for (const failureStore of [inner, remote]) {
      checks = 0
      gate = Promise.withResolvers<void>()
      const { reason } = desk({ source, failures: FIVE, failureStore })
      const name = failureStore === inner ? 'ada' : 'bob'
      const guesses = Array.from({ length: 1000 }, (_, guess) =>
        reason(basicCredentials(name, `guess ${guess}`)),
      )
      await new Promise((resolve) => setImmediate(resolve))
      gate.resolve()
      const reasons = await Promise.all(guesses)
      assert.equal(checks, 5)
      assert.equal(reasons.filter((code) => code === 'basic.too-many-failures').length, 995)
    }
  })

  it('frees its seat when the source is down', async () => {
    const { headers, source: good } = mint.basic()
    let down = true
    const source: BasicSource = {
      verify: async (sent) => {
        if (down) throw new UnavailableError('password-pool', 'full')
        return good.verify(sent)
      },
    }
    const { reason } = desk({ source, failures: FIVE })
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await reason(headers.authorization), 'request.unavailable')
    }
    down = false
    assert.equal(await reason(headers.authorization), 'allowed')
  })

  it('is passed on with the reason that the source names', async () => {
    for (const reason of ['basic.revoked', 'basic.too-many-failures'] as const) {
      const source: BasicSource = { verify: () => ({ outcome: 'rejected', reason }) }
      assert.equal(await desk({ source }).reason(basicCredentials('a', 'b')), reason)
    }
  })
})

describe('the lease of a password', () => {
  it('saves the slow hash for maxStalenessSeconds', async () => {
    const { headers, source } = mint.basic()
    const { source: watched, checks } = counted(source)
    const { reason, clock } = desk({ source: watched, maxStalenessSeconds: 10 })
    for (const [second, expected] of [
      [0, 1],
      [9, 1],
      [10, 2],
    ] as const) {
      clock.now = NOW + second
      assert.equal(await reason(headers.authorization), 'allowed')
      assert.equal(checks(), expected)
    }
  })

  it('ends with the feed: revoked at once, changed looks again', async () => {
    const set = new RevocationSet()
    const revocations: Revocations = { find: (facts) => set.find(facts), freshness: () => 'live' }
    const { headers, source } = mint.basic()
    const { source: watched, checks } = counted(source)
    const { reason, clock } = desk({ source: watched, revocations })
    const principal = { tenant: 'default', kind: 'principal', subject: 'ada' } as const
    await reason(headers.authorization)
    clock.now = NOW + 2
    set.add({ ...principal, issuedBefore: NOW + 1, expiresAt: NOW + 9999 })
    assert.equal(await reason(headers.authorization), 'allowed')
    assert.equal(checks(), 2)
    set.add({ ...principal, expiresAt: NOW + 9999 })
    assert.equal(await reason(headers.authorization), 'basic.revoked')
  })

  it('is not enough where its source binds it to a key: a password proves none', async () => {
    const { headers, source } = mint.basic()
    const bound: BasicSource = {
      verify: async (sent) => {
        const said = await source.verify(sent)
        if (said.outcome === 'rejected') return said
        return { ...said, principal: { ...said.principal, confirmation: { jkt: 'k' } } }
      },
    }
    const { reason } = desk({ source: bound })
    assert.equal(await reason(headers.authorization), 'basic.credentials-invalid')
  })

  it('gives nothing before the feed has started', async () => {
    const { headers, source } = mint.basic()
    const revocations: Revocations = { find: () => undefined, freshness: () => 'starting' }
    const { reason } = desk({ source, revocations })
    assert.equal(await reason(headers.authorization), 'request.unavailable')
  })

  it('is never given to another password', async () => {
    const { headers, source } = mint.basic()
    const { reason } = desk({ source })
    assert.equal(await reason(headers.authorization), 'allowed')
    assert.equal(await reason(basicCredentials('ada', 'wrong')), 'basic.credentials-invalid')
    assert.equal(
      await reason(basicCredentials('eve', 'correct horse')),
      'basic.credentials-invalid',
    )
  })
})

describe('the options of Basic', () => {
  it('are checked at construction', () => {
    const { source } = mint.basic()
    assert.throws(() => basic({ source, failures: { ...FIVE, limit: 0 } }), ConfigError)
  })
})
