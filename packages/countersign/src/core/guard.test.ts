import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { requestView, type RequestParts } from '../testing/request.ts'
import type { DecisionRecord, Refused } from './decision.ts'
import { ConfigError, UnavailableError } from './errors.ts'
import { guard } from './guard.ts'
import type { GuardOptions } from './guard-options.ts'
import type { LimitDemand, LimitPolicy, LimitStore } from './limits.ts'
import type { MaybePromise } from './maybe.ts'
import { memoryLimits } from './memory-limits.ts'
import type { CredentialLocation, Method } from './method.ts'
import type { MethodName, ServicePrincipal } from './principal.ts'
import type { ReasonCode } from './reasons.ts'
import { ANY_PRINCIPAL, type Requirement } from './requirement.ts'
import { accepted, rejected, type Verdict } from './verdict.ts'

const NOW_MS = 1_700_000_000_000
const PRINCIPAL: ServicePrincipal = {
  type: 'service',
  id: 'svc_1',
  tenant: 'default',
  method: 'api-key',
  credentialId: 'key_1',
  scopes: ['orders:read'],
  claims: {},
  authenticatedAt: NOW_MS / 1000 - 60,
}
const limit = (name: string, most: number): LimitPolicy => ({
  name,
  algorithm: 'sliding-window',
  limit: most,
  windowSeconds: 60,
})

/** A method that finds its credential in one header and answers what the test says. */
interface Scripted {
  readonly header?: string
  readonly location?: CredentialLocation
  readonly name?: MethodName
  readonly verify?: (value: string) => MaybePromise<Verdict>
}

function scripted({
  header = 'x-api-key',
  location = 'x-api-key',
  name = 'api-key',
  verify = (value) => (value === 'good' ? accepted(PRINCIPAL) : rejected('api-key.unknown')),
}: Scripted = {}): Method {
  return {
    name,
    challenge: { scheme: 'ApiKey' },
    locate: ({ view }) => (view.header(header).length === 0 ? undefined : location),
    verify: ({ view, trace }) => {
      trace?.check('scripted.verify', true)
      return verify(view.header(header)[0] ?? '')
    },
  }
}

const bearer = (verify: (value: string) => MaybePromise<Verdict>): Method => ({
  name: 'jwt',
  challenge: { scheme: 'Bearer' },
  locate: ({ authorization }) => (authorization?.scheme === 'bearer' ? 'authorization' : undefined),
  verify: ({ authorization }) => verify(authorization?.value ?? ''),
})

const never = (): never => assert.fail('must not be asked')
const good: RequestParts = { headers: [['X-API-Key', 'good']] }
const bad: RequestParts = { headers: [['X-API-Key', 'bad']] }

interface Outcome {
  readonly reason: ReasonCode | 'allowed' | 'preflight' | 'published'
  readonly record: DecisionRecord | undefined
  readonly refused: Refused | undefined
}

/** Makes a guard with a fixed clock, and answers with what it decided and recorded. */
function asking(options: Partial<GuardOptions> = {}, requirement: Requirement = ANY_PRINCIPAL) {
  const records: DecisionRecord[] = []
  const desk = guard({
    methods: [scripted()],
    clock: () => NOW_MS,
    onDecision: (record) => records.push(record),
    ...options,
  })
  return async (parts: RequestParts): Promise<Outcome> => {
    const seen = records.length
    const decision = await desk.check(requestView(parts), requirement)
    assert(records.length - seen === (decision.outcome === 'preflight' ? 0 : 1), 'one record each')
    const record = decision.outcome === 'preflight' ? undefined : records.at(-1)
    if (decision.outcome !== 'refused') {
      return { reason: decision.outcome, record, refused: undefined }
    }
    return { reason: decision.reason, record, refused: decision }
  }
}

/** A limit store that is asked for nothing. */
const untouched: LimitStore = { take: never, peek: never }

describe('order of checks', () => {
  const cases: readonly {
    readonly what: string
    readonly options: Partial<GuardOptions>
    readonly parts: RequestParts
    readonly requirement?: Requirement
    readonly reason: ReasonCode
  }[] = [
    {
      what: 'the network decides before anything is counted or verified',
      options: {
        networks: ['10.0.0.0/8'],
        methods: [scripted({ verify: never })],
        limits: { store: untouched, failures: limit('failures', 1), perPrincipal: [limit('p', 1)] },
      },
      parts: good,
      reason: 'request.network-denied',
    },
    {
      what: 'an unreadable Authorization decides before any method',
      options: { methods: [scripted({ verify: never })] },
      parts: { headers: [...(good.headers ?? []), ['Authorization', 'Bearer']] },
      reason: 'request.malformed-authorization',
    },
    {
      what: 'a bad credential decides before permission and limits',
      options: { limits: { store: untouched, perPrincipal: [limit('p', 1)] } },
      parts: bad,
      requirement: { scopes: ['orders:write'] },
      reason: 'api-key.unknown',
    },
    {
      what: 'permission decides before limits',
      options: { limits: { store: untouched, perPrincipal: [limit('p', 1)] } },
      parts: good,
      requirement: { scopes: ['orders:write'] },
      reason: 'permission.scope-missing',
    },
  ]
  for (const { what, options, parts, requirement, reason } of cases) {
    it(what, async () => {
      assert.equal((await asking(options, requirement)(parts)).reason, reason)
    })
  }
  it('counts what a blocked prefix sends as nothing, and verifies none of it', async () => {
    let verified = 0
    const verify = (): Verdict => {
      verified += 1
      return rejected('api-key.unknown')
    }
    const ask = asking({
      methods: [scripted({ verify })],
      limits: { store: memoryLimits(), failures: limit('failures', 2) },
    })
    const reasons = []
    for (let attempt = 0; attempt < 5; attempt += 1) reasons.push((await ask(bad)).reason)
    assert.deepEqual(reasons, [
      'api-key.unknown',
      'api-key.unknown',
      ...new Array<string>(3).fill('request.too-many-failures'),
    ])
    assert.equal(verified, 2)
  })
})

describe('which credential counts', () => {
  it('challenges a request that carries none', async () => {
    const { reason, refused } = await asking()({})
    assert.equal(reason, 'request.credential-missing')
    assert.equal(refused?.presented, false)
  })
  it('tells a credential that nobody takes from none at all', async () => {
    const { reason, refused } = await asking()({ headers: [['Authorization', 'Digest x']] })
    assert.equal(reason, 'request.unsupported-credential')
    assert.equal(refused?.presented, true)
  })
  it('never offers a refused credential to a weaker method', async () => {
    const methods = [
      bearer(() => rejected('jwt.expired')),
      { ...bearer(never), name: 'opaque' as const },
    ]
    const { reason } = await asking({ methods })({ headers: [['Authorization', 'Bearer x']] })
    assert.equal(reason, 'jwt.expired')
  })
  it('refuses credentials in two places, even when both are good, whoever is asked first', async () => {
    const parts = { headers: [...(good.headers ?? []), ['Authorization', 'Bearer good'] as const] }
    const methods = [scripted({ verify: never }), bearer(never)]
    const { reason, refused } = await asking({ methods })(parts)
    assert.equal(reason, 'request.multiple-credentials')
    assert.deepEqual(refused?.detail, { places: ['x-api-key', 'authorization'] })
    const reversed = await asking({ methods: methods.toReversed() })(parts)
    assert.equal(reversed.reason, 'request.multiple-credentials')
  })
  it('challenges with every scheme that a method takes, each once', () => {
    const both: Method = {
      ...bearer(never),
      challenge: { scheme: 'DPoP' },
      alternatives: [{ scheme: 'Bearer' }],
    }
    const desk = guard({ methods: [both, bearer(never)] })
    assert.deepEqual(
      desk.challenges.map(({ scheme }) => scheme),
      ['DPoP', 'Bearer'],
    )
  })
  it('asks the method that takes the other place into account, whoever is asked first', async () => {
    const tls = scripted({ header: 'certificate', location: 'tls', verify: never })
    const bound: Method = { ...bearer(() => accepted(PRINCIPAL)), besides: ['tls'] }
    const headers = [['certificate', 'one'] as const, ['Authorization', 'Bearer good'] as const]
    for (const methods of [
      [tls, bound],
      [bound, tls],
    ]) {
      assert.equal((await asking({ methods })({ headers })).reason, 'allowed')
    }
    // A third place is nobody's business, and a method that would take the second hides no first.
    const third = scripted({ verify: never })
    const greedy: Method = { ...third, besides: ['authorization'] }
    const parts = { headers: [...headers, ['X-API-Key', 'good'] as const] }
    for (const methods of [
      [tls, bound, third],
      [third, bound, tls],
      [tls, bound, greedy],
      [greedy, tls, bound],
    ]) {
      assert.equal((await asking({ methods })(parts)).reason, 'request.multiple-credentials')
    }
  })
  it('leaves an Authorization that nobody claims to the method that takes it into account', async () => {
    const parts = { headers: [...(good.headers ?? []), ['Authorization', 'Digest x'] as const] }
    const taking: Method = { ...scripted(), besides: ['authorization'] }
    assert.equal((await asking({ methods: [taking] })(parts)).reason, 'allowed')
  })
  it('refuses an Authorization that nobody claims next to a credential', async () => {
    const parts = { headers: [...(good.headers ?? []), ['Authorization', 'Digest x'] as const] }
    const { reason } = await asking({ methods: [scripted({ verify: never })] })(parts)
    assert.equal(reason, 'request.multiple-credentials')
  })
  it('refuses two Authorization headers, whatever they say', async () => {
    const parts: RequestParts = {
      headers: [
        ['Authorization', 'Bearer good'],
        ['authorization', 'Bearer good'],
      ],
    }
    const { reason } = await asking({ methods: [bearer(never)] })(parts)
    assert.equal(reason, 'request.duplicate-authorization')
  })
  it('treats a located credential whose method answers absent as one that nobody takes', async () => {
    const methods = [scripted({ verify: () => ({ outcome: 'absent' }) })]
    assert.equal((await asking({ methods })(good)).reason, 'request.unsupported-credential')
  })
})

describe('preflights', () => {
  const preflight: RequestParts = {
    method: 'OPTIONS',
    headers: [
      ['Origin', 'https://app.example.test'],
      ['Access-Control-Request-Method', 'POST'],
    ],
  }
  it('decides nothing about a CORS preflight', async () => {
    assert.equal((await asking({ networks: ['10.0.0.0/8'] })(preflight)).reason, 'preflight')
  })
  const fakes: readonly (readonly [string, RequestParts])[] = [
    ['another method', { ...preflight, method: 'POST' }],
    ['no origin', { ...preflight, headers: (preflight.headers ?? []).slice(1) }],
    ['no method asked for', { ...preflight, headers: (preflight.headers ?? []).slice(0, 1) }],
    [
      'a credential',
      { ...preflight, headers: [...(preflight.headers ?? []), ['Authorization', 'Bearer x']] },
    ],
  ]
  for (const [what, parts] of fakes) {
    it(`is not fooled by one with ${what}`, async () => {
      assert.match((await asking()(parts)).reason, /^request\./)
    })
  }
})

/** Notes what is charged, and counts for real. */
function counting(): { readonly store: LimitStore; readonly taken: LimitDemand[] } {
  const taken: LimitDemand[] = []
  const inner = memoryLimits()
  const take: LimitStore['take'] = (demands, nowMs) => {
    taken.push(...demands)
    return inner.take(demands, nowMs)
  }
  return { store: { take, peek: (demands, nowMs) => inner.peek(demands, nowMs) }, taken }
}

const from = (remoteAddress: string, parts: RequestParts): RequestParts => ({
  ...parts,
  remoteAddress,
})

const via = (client: string, parts: RequestParts): RequestParts => ({
  remoteAddress: '127.0.0.1',
  headers: [...(parts.headers ?? []), ['X-Forwarded-For', client]],
})

describe('limits', () => {
  it('SR-204: charges no refused request to any limit', async () => {
    const { store, taken } = counting()
    const limits = { store, perPrincipal: [limit('p', 5)] }
    await asking({ limits })(bad)
    await asking({ limits }, { scopes: ['orders:write'] })(good)
    await asking({ limits, networks: ['10.0.0.0/8'] })(good)
    assert.deepEqual(taken, [])
  })
  it('SR-204: answers 429 with the time to wait, and charges what came before', async () => {
    const ask = asking({ limits: { perPrincipal: [limit('p', 2)] } })
    assert.equal((await ask(good)).reason, 'allowed')
    assert.equal((await ask(good)).reason, 'allowed')
    const { reason, refused, record } = await ask(good)
    assert.equal(reason, 'limit.exceeded')
    assert(refused !== undefined && refused.retryAfterSeconds >= 1)
    assert.equal(refused.limits[0]?.policy.name, 'p')
    assert.equal(record?.principalId, PRINCIPAL.id)
  })
  it('charges limits of the credential and of the principal in one step, by their keys', async () => {
    const { store, taken } = counting()
    const verify = (): Verdict => accepted(PRINCIPAL, [limit('of-key', 9)])
    const limits = { store, perPrincipal: [limit('of-principal', 9)] }
    await asking({ methods: [scripted({ verify })], limits }, { cost: 3 })(good)
    assert.deepEqual(
      taken.map(({ policy, key, cost }) => [policy.name, key, cost]),
      [
        ['of-key', 'default/credential:key_1', 3],
        ['of-principal', 'default/principal:svc_1', 3],
      ],
    )
  })
  it('counts failures of one IPv6 /64 together, and no neighbour with them', async () => {
    const limits = { store: memoryLimits(), failures: limit('failures', 1) }
    const ask = asking({ limits })
    assert.equal((await ask(from('2001:db8::1', bad))).reason, 'api-key.unknown')
    const blocked = await ask(from('2001:db8::ffff:1', good))
    assert.equal(blocked.reason, 'request.too-many-failures')
    assert((blocked.refused?.retryAfterSeconds ?? 0) > 0)
    assert.equal((await ask(from('2001:db8:0:1::1', good))).reason, 'allowed')
    assert.equal((await ask(from('192.0.2.1', good))).reason, 'allowed')
  })
  it('counts failures by the client that a trusted proxy reports, not by the proxy', async () => {
    const limits = { store: memoryLimits(), failures: limit('failures', 1) }
    const ask = asking({ limits, trustedProxies: ['127.0.0.1'] })
    assert.equal((await ask(via('198.51.100.1', bad))).reason, 'api-key.unknown')
    assert.equal((await ask(via('198.51.100.1', good))).reason, 'request.too-many-failures')
    const neighbour = await ask(via('198.51.100.2', good))
    assert.equal(neighbour.reason, 'allowed')
    assert.equal(neighbour.record?.request.clientAddress, '198.51.100.2')
  })
  it('counts only failures to authenticate: no success, no 400, no 403', async () => {
    const { store, taken } = counting()
    const ask = asking({ limits: { store, failures: limit('failures', 9) } })
    await ask(good)
    await ask({})
    await ask({ headers: [['Authorization', 'Bearer']] })
    await asking({ limits: { store, failures: limit('failures', 9) } }, { methods: ['jwt'] })(good)
    assert.equal(taken.length, 0)
    await ask(bad)
    assert.equal(taken[0]?.key, 'address:192.0.2.1')
  })
})

const down = (): never => {
  throw new UnavailableError('store', 'nobody there', 9)
}

describe('a control that is down', () => {
  const places: readonly (readonly [string, Partial<GuardOptions>, RequestParts])[] = [
    ['a method that throws', { methods: [scripted({ verify: down })] }, good],
    [
      'a method that rejects',
      { methods: [scripted({ verify: () => Promise.resolve().then(down) })] },
      good,
    ],
    [
      'the failures that are asked for',
      { limits: { store: { take: never, peek: down }, failures: limit('f', 1) } },
      good,
    ],
    [
      'the limits that are charged',
      { limits: { store: { take: down, peek: never }, perPrincipal: [limit('p', 1)] } },
      good,
    ],
    [
      'the limits that are charged later',
      {
        methods: [scripted({ verify: async () => accepted(PRINCIPAL) })],
        limits: {
          store: { take: () => Promise.resolve().then(down), peek: never },
          perPrincipal: [limit('p', 1)],
        },
      },
      good,
    ],
  ]
  for (const [what, options, parts] of places) {
    it(`fails closed with 503: ${what}`, async () => {
      const { reason, refused, record } = await asking(options)(parts)
      assert.equal(reason, 'request.unavailable')
      assert.equal(refused?.retryAfterSeconds, 9)
      assert.equal(refused.detail['control'], 'store')
      assert(record?.checks.some(({ name, passed }) => name === 'store' && !passed))
    })
  }
  it('does not swallow an error that is no outage', async () => {
    const crash = new Error('a bug')
    const throwing = guard({
      methods: [
        scripted({
          verify: () => {
            throw crash
          },
        }),
      ],
    })
    assert.throws(() => throwing.check(requestView(good)), crash)
    const rejecting = guard({ methods: [scripted({ verify: () => Promise.reject(crash) })] })
    await assert.rejects(async () => rejecting.check(requestView(good)), crash)
  })
})

describe('decisions', () => {
  it('answers at once when nothing has to be awaited', () => {
    const desk = guard({ methods: [scripted()], limits: { perPrincipal: [limit('p', 9)] } })
    assert(!(desk.check(requestView(good)) instanceof Promise))
    assert(!(desk.check(requestView(bad)) instanceof Promise))
  })
  it('records who called, with every check in order', async () => {
    const { record } = await asking(
      { networks: ['192.0.2.0/24'] },
      { scopes: ['orders:read'] },
    )({
      ...good,
      method: 'POST',
      target: '/orders/7?token=hidden',
    })
    assert(record !== undefined)
    const { decisionId, checks, ...rest } = record
    assert.match(decisionId, /^dec_[0-9A-Za-z]{22}$/)
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['request.network', 'scripted.verify', 'permission.scope'],
    )
    assert.deepEqual(rest, {
      outcome: 'allowed',
      atMs: NOW_MS,
      method: 'api-key',
      tenant: 'default',
      principalId: 'svc_1',
      credentialId: 'key_1',
      request: {
        method: 'POST',
        authority: 'api.example.test',
        path: '/orders/7',
        clientAddress: '192.0.2.1',
      },
    })
  })
  it('SR-501: shows no header, query or credential in a record', async () => {
    const secret = 'sEcReT-0123456789'
    const options = { networks: ['192.0.2.0/24'], limits: { failures: limit('f', 100) } }
    const requests: readonly RequestParts[] = [
      { headers: [['X-API-Key', secret]] },
      { headers: [['Authorization', secret]] },
      { headers: [['Authorization', `${secret} x`]] },
      { headers: [['Authorization', `Bearer ${secret}`]], target: `/?q=${secret}` },
      {
        headers: [
          ['Authorization', `Bearer ${secret}`],
          ['X-API-Key', secret],
        ],
      },
      {
        headers: [
          ['Authorization', `Bearer ${secret}`],
          ['Authorization', `Bearer ${secret}`],
        ],
      },
    ]
    for (const parts of requests) {
      const { record, refused } = await asking(options)(parts)
      assert(refused !== undefined)
      assert(!JSON.stringify([record, refused]).includes(secret))
    }
  })
  it('gives every decision an id of its own', async () => {
    const ask = asking()
    const ids = new Set<string | undefined>()
    for (let count = 0; count < 50; count += 1) ids.add((await ask(bad)).refused?.decisionId)
    assert.equal(ids.size, 50)
  })
})

describe('requirements (SR-051)', () => {
  const bound: Method = scripted({
    verify: () => accepted({ ...PRINCIPAL, confirmation: { jkt: 'thumb' } }),
  })
  const proving = (method: MethodName): Method =>
    scripted({ name: method, verify: () => accepted({ ...PRINCIPAL, method }) })
  const signedIn = (claims: Readonly<Record<string, unknown>>): Method =>
    scripted({ verify: () => accepted({ ...PRINCIPAL, claims }) })
  const cases: readonly (readonly [Requirement, ReasonCode | 'allowed', Method?])[] = [
    [{ scopes: ['orders:read'] }, 'allowed'],
    [{ scopes: [] }, 'allowed'],
    [{ scopes: ['orders:read', 'orders:write'] }, 'permission.scope-missing'],
    [{ methods: ['api-key'] }, 'allowed'],
    [{ methods: ['jwt', 'mtls'] }, 'permission.method-denied'],
    [{ methods: [] }, 'permission.method-denied'],
    [{ principals: ['service'] }, 'allowed'],
    [{ principals: ['user'] }, 'permission.principal-denied'],
    [{ senderConstrained: true }, 'permission.sender-constraint-missing'],
    [{ senderConstrained: true }, 'allowed', bound],
    [{ senderConstrained: true }, 'permission.sender-constraint-missing', proving('jwt')],
    [{ senderConstrained: true }, 'permission.sender-constraint-missing', proving('opaque')],
    [{ senderConstrained: true }, 'permission.sender-constraint-missing', proving('basic')],
    [{ senderConstrained: true }, 'allowed', proving('http-signature')],
    [{ senderConstrained: true }, 'allowed', proving('sigv4')],
    [{ senderConstrained: true }, 'allowed', proving('mtls')],
    [{ senderConstrained: true }, 'allowed', proving('webhook')],
    [{ senderConstrained: false }, 'allowed'],
    [{ maxAuthenticationAgeSeconds: 60 }, 'allowed'],
    [{ maxAuthenticationAgeSeconds: 59 }, 'permission.authentication-too-old'],
    [{ acr: ['urn:high'] }, 'permission.authentication-insufficient'],
    [{ amr: ['mfa'] }, 'permission.authentication-insufficient'],
    [{ acr: ['urn:high', 'urn:mid'] }, 'allowed', signedIn({ acr: 'urn:mid' })],
    [{ acr: ['urn:high'] }, 'permission.authentication-insufficient', signedIn({ acr: 'urn:mid' })],
    // A list is no value of acr: which of them would count?
    [{ acr: ['a'] }, 'permission.authentication-insufficient', signedIn({ acr: ['a'] })],
    [{ amr: ['pwd', 'mfa'] }, 'allowed', signedIn({ amr: ['pwd', 'otp', 'mfa'] })],
    [{ amr: ['pwd', 'mfa'] }, 'permission.authentication-insufficient', signedIn({ amr: ['pwd'] })],
    [{ amr: ['mfa'] }, 'permission.authentication-insufficient', signedIn({ amr: 'mfa' })],
    [{ methods: ['jwt'], scopes: ['none:such'] }, 'permission.method-denied'],
  ]
  for (const [requirement, reason, method = scripted()] of cases) {
    it(`${JSON.stringify(requirement)} of ${method.name} is ${reason}`, async () => {
      const outcome = await asking({ methods: [method] }, requirement)(good)
      assert.equal(outcome.reason, reason)
      assert.equal(outcome.record?.checks.at(-1)?.passed, reason === 'allowed')
    })
  }
})

describe('construction', () => {
  const wrong: readonly (readonly [string, Partial<GuardOptions>])[] = [
    ['no methods', { methods: [] }],
    ['a network that is none', { networks: ['10.0.0.0/33'] }],
    ['a proxy that is no address', { trustedProxies: ['*'] }],
    ['a realm that would split a header', { realm: 'api"\r\nx: y' }],
    ['a limit of nothing', { limits: { perPrincipal: [limit('p', 0)] } }],
    ['failures over no time', { limits: { failures: { ...limit('f', 1), windowSeconds: 0 } } }],
  ]
  for (const [what, options] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(() => guard({ methods: [scripted()], ...options }), ConfigError)
    })
  }
  it('does not follow later changes of its options', async () => {
    const methods = [scripted()]
    const desk = guard({ methods })
    methods.length = 0
    assert.equal((await desk.check(requestView(good))).outcome, 'allowed')
  })
  it('names each scheme once, in the order of the methods', () => {
    const other = { ...bearer(never), challenge: { scheme: 'Bearer', parameters: { a: 'b' } } }
    const desk = guard({ methods: [bearer(never), scripted(), other] })
    assert.deepEqual(desk.challenges, [{ scheme: 'Bearer' }, { scheme: 'ApiKey' }])
  })
})
