import { strict as assert } from 'node:assert'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Decision, DecisionRecord } from '../../core/decision.ts'
import { ConfigError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import { RevocationSet, type Revocations } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { mint } from '../../testing/mint.ts'
import { requestView } from '../../testing/request.ts'
import { opaqueAttacks, opaqueRawAttacks, type OpaqueAttackMaterial } from './attacks.ts'
import { readIntrospection } from './introspection-response.ts'
import type { Introspection, IntrospectionAuth, OpaqueRecords } from './source.ts'
import { opaque, type OpaqueOptions } from './verify.ts'

const NOW = 1_700_000_000
const AUDIENCE = 'https://api.example.test'

async function material(): Promise<OpaqueAttackMaterial & { readonly source: OpaqueRecords }> {
  const good = await mint.opaque({ now: NOW, record: { scopes: ['orders:read'] } })
  const refresh = await mint.opaque({ now: NOW, kind: 'refresh' })
  const revoked = await mint.opaque({ now: NOW, broken: 'revoked' })
  const expired = await mint.opaque({ now: NOW, broken: 'expired' })
  const other = await mint.opaque({ now: NOW, record: { audiences: [`${AUDIENCE}/admin`] } })
  const bound = await mint.opaque({ now: NOW, record: { confirmation: { jkt: 'thumbprint' } } })
  const all = [good, refresh, revoked, expired, other, bound]
  return {
    token: new Secret(good.token),
    digest: good.record.digest,
    refreshToken: new Secret(refresh.token),
    revoked: new Secret(revoked.token),
    expired: new Secret(expired.token),
    otherAudience: new Secret(other.token),
    bound: new Secret(bound.token),
    source: mint.opaqueSource(all.map(({ record }) => record)),
  }
}

methodContract('opaque', async () => {
  const attack = await material()
  const token = attack.token.reveal()
  return {
    method: opaque({ brand: 'test', audience: AUDIENCE, source: attack.source }),
    now: NOW,
    accepted: [{ headers: [['Authorization', `Bearer ${token}`]] }],
    attacks: [...opaqueAttacks(attack), ...opaqueRawAttacks(attack)],
    secrets: [token, token.slice(-38), attack.digest, attack.refreshToken.reveal()],
  }
})

function desk(options: Partial<OpaqueOptions> & Pick<OpaqueOptions, 'source'>) {
  const clock = { now: NOW }
  const records: DecisionRecord[] = []
  const door = guard({
    methods: [opaque({ audience: AUDIENCE, ...options })],
    clock: () => clock.now * 1000,
    onDecision: (record) => records.push(record),
  })
  const ask = async (token: string): Promise<Decision> =>
    door.check(requestView({ headers: [['authorization', `Bearer ${token}`]] }))
  const reason = async (token: string): Promise<string> => {
    const decision = await ask(token)
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  return { clock, records, ask, reason }
}

function feed() {
  const set = new RevocationSet()
  const revocations: Revocations = { find: (facts) => set.find(facts), freshness: () => 'live' }
  return { set, revocations }
}

describe('an opaque token from a table', () => {
  it('names its principal: a user through a client, or the client itself', async () => {
    for (const [record, type, clientId] of [
      [{ principalId: 'usr_1', clientId: 'cli_1' }, 'user', 'cli_1'],
      [{ principalId: 'cli_1', clientId: 'cli_1' }, 'client', 'cli_1'],
      [{ principalId: 'svc_1', principalType: 'service' }, 'service', undefined],
    ] as const) {
      const { token, source, record: stored } = await mint.opaque({ now: NOW, record })
      const decision = await desk({ source, brand: 'test' }).ask(token)
      assert.equal(decision.outcome, 'allowed')
      const { principal } = decision
      assert.equal(principal.type, type)
      assert.equal('clientId' in principal ? principal.clientId : undefined, clientId)
      assert.equal(principal.credentialId, stored.id)
      assert.equal(principal.expiresAt, NOW + 3600)
    }
  })

  it('is refused by the revocation of itself, its grant, client or principal', async () => {
    for (const [kind, subject, expected] of [
      ['token', 'self', 'opaque.revoked'],
      ['grant', 'grant_1', 'opaque.revoked'],
      ['client', 'cli_1', 'opaque.revoked'],
      ['principal', 'usr_1', 'opaque.revoked'],
      ['grant', 'grant_2', 'allowed'],
    ] as const) {
      const record = { principalId: 'usr_1', clientId: 'cli_1', grantId: 'grant_1' }
      const { token, source, record: stored } = await mint.opaque({ now: NOW, record })
      const { set, revocations } = feed()
      const door = desk({ source, brand: 'test', revocations })
      assert.equal(await door.reason(token), 'allowed')
      const named = subject === 'self' ? stored.id : subject
      set.add({ tenant: 'default', kind, subject: named, expiresAt: NOW + 9999 })
      assert.equal(await door.reason(token), expected, kind)
    }
  })

  it('falls with the cut-off that it was issued before, and not with an earlier one', async () => {
    for (const [issuedBefore, expected] of [
      [NOW - 1, 'allowed'],
      [NOW + 1, 'opaque.revoked'],
    ] as const) {
      const { token, source } = await mint.opaque({ now: NOW })
      const { set, revocations } = feed()
      const door = desk({ source, brand: 'test', revocations })
      const cutOff = { kind: 'principal', subject: 'usr_test', issuedBefore } as const
      set.add({ tenant: 'default', ...cutOff, expiresAt: NOW + 9999 })
      assert.equal(await door.reason(token), expected)
    }
  })

  it('that is over costs one look-up a second, however often it comes', async () => {
    for (const over of ['expired', 'revoked', 'cut off'] as const) {
      const broken = over === 'cut off' ? {} : ({ broken: over } as const)
      const { token, source } = await mint.opaque({ now: NOW, ...broken })
      let lookups = 0
      const find: OpaqueRecords['find'] = (id) => {
        lookups += 1
        return source.find(id)
      }
      const { set, revocations } = feed()
      if (over === 'cut off') {
        const cutOff = { kind: 'principal', subject: 'usr_test', issuedBefore: NOW } as const
        set.add({ tenant: 'default', ...cutOff, expiresAt: NOW + 9999 })
      }
      const door = desk({ source: { ...source, find }, brand: 'test', revocations })
      for (let round = 0; round < 50; round += 1)
        assert.notEqual(await door.reason(token), 'allowed')
      assert.equal(lookups, 1, over)
    }
  })

  it('leaves JWTs and other schemes to other methods', async () => {
    const { source } = await mint.opaque()
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
    assert.equal(
      await desk({ source, brand: 'test' }).reason(jwt),
      'request.unsupported-credential',
    )
  })
})

/** A real introspection endpoint on loopback, which answers what a test says. */
class Endpoint {
  answer: unknown = { active: false }
  status = 200
  hold: Promise<void> | undefined
  readonly requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = []
  readonly #server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      this.requests.push({ headers: request.headers, body })
      const text = typeof this.answer === 'string' ? this.answer : JSON.stringify(this.answer)
      void Promise.resolve(this.hold).then(() => response.writeHead(this.status).end(text))
    })
  })

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.close()
  }

  source(clientAuth: IntrospectionAuth = BASIC): Introspection {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    const endpoint = `http://127.0.0.1:${address.port}/introspect`
    return { kind: 'introspection', endpoint, clientAuth, allowPrivateHosts: ['127.0.0.1'] }
  }
}

const BASIC: IntrospectionAuth = {
  method: 'client_secret_basic',
  clientId: 'api one:a',
  clientSecret: new Secret('s+cret/ü'),
}
const ACTIVE = { active: true, sub: 'usr_1', client_id: 'cli_1', aud: AUDIENCE, exp: NOW + 60 }
const unsafe = { allowHttp: true } as const

describe('an opaque token by introspection (RFC 7662)', () => {
  let endpoint: Endpoint
  before(async () => {
    endpoint = new Endpoint()
    await endpoint.listen()
  })
  after(() => endpoint.close())
  const open = (answer: unknown, options: Partial<OpaqueOptions> = {}) => {
    endpoint.answer = answer
    endpoint.status = 200
    endpoint.hold = undefined
    endpoint.requests.length = 0
    return desk({ source: endpoint.source(), unsafe, ...options })
  }

  it('becomes the principal that the answer names', async () => {
    const members = { ...ACTIVE, scope: 'a b', jti: 'tok_9', iat: NOW - 5, username: 'ada' }
    const decision = await open(members).ask('reference-token')
    assert.equal(decision.outcome, 'allowed')
    const { claims, ...principal } = decision.principal
    assert.deepEqual(principal, {
      type: 'user',
      id: 'usr_1',
      clientId: 'cli_1',
      tenant: 'default',
      method: 'opaque',
      credentialId: 'tok_9',
      scopes: ['a', 'b'],
      authenticatedAt: NOW - 5,
      expiresAt: NOW + 60,
    })
    assert.equal(claims['username'], 'ada')
  })

  it('keeps the delegation chain', async () => {
    const act = { sub: 'agent_1', act: { sub: 'agent_2' } }
    const decision = await open({ ...ACTIVE, act }).ask('reference-token')
    assert.equal(decision.outcome === 'allowed' && decision.principal.type, 'agent')
    assert.deepEqual(decision.outcome === 'allowed' && decision.principal.actor, {
      subject: 'agent_1',
      actor: { subject: 'agent_2' },
    })
  })

  it('is refused for each thing the answer says against it', async () => {
    for (const [change, expected] of [
      [{ active: false }, 'opaque.inactive'],
      [{ exp: NOW }, 'opaque.expired'],
      [{ nbf: NOW + 6 }, 'opaque.not-yet-valid'],
      [{ nbf: NOW + 5 }, 'allowed'],
      [{ aud: `${AUDIENCE}/` }, 'opaque.audience-mismatch'],
      [{ aud: ['https://other.example.test'] }, 'opaque.audience-mismatch'],
      [{ aud: ['https://other.example.test', AUDIENCE] }, 'allowed'],
      [{ aud: undefined }, 'opaque.audience-mismatch'],
      [{ iss: 'https://evil.example.test' }, 'opaque.issuer-mismatch'],
      [{ iss: 'https://issuer.example.test' }, 'allowed'],
      [{ cnf: { jkt: 'x' } }, 'opaque.binding-unproven'],
      [{ cnf: { 'x5t#S256': 'x' } }, 'opaque.binding-unproven'],
      [{ token_use: 'refresh' }, 'opaque.inactive'],
      [{ typ: 'Refresh' }, 'opaque.inactive'],
      [{ typ: 'ID' }, 'opaque.inactive'],
      [{ typ: 'Bearer', token_use: 'access' }, 'allowed'],
    ] as const) {
      const door = open({ ...ACTIVE, ...change }, { issuer: 'https://issuer.example.test' })
      assert.equal(await door.reason('reference-token'), expected, JSON.stringify(change))
    }
  })

  it('is not judged by an answer that cannot be read: 503, never 401 and never accepted', async () => {
    for (const answer of [
      {},
      [],
      null,
      'true',
      '',
      'active',
      { active: 'true' },
      { active: 1 },
      { ...ACTIVE, exp: String(NOW + 60) },
      { ...ACTIVE, exp: null },
      { ...ACTIVE, nbf: '0' },
      { ...ACTIVE, aud: [AUDIENCE, 7] },
      { ...ACTIVE, aud: {} },
      { ...ACTIVE, scope: ['a'] },
      { ...ACTIVE, sub: 7 },
      { ...ACTIVE, iss: {} },
      { ...ACTIVE, cnf: {} },
      { ...ACTIVE, cnf: { kid: 'x' } },
      { ...ACTIVE, act: 'agent' },
      { active: true, aud: AUDIENCE },
    ]) {
      const reason = await open(answer).reason('reference-token')
      assert.equal(reason, 'request.unavailable', JSON.stringify(answer))
    }
  })

  it('costs a 503 when the endpoint fails, refuses us or talks too much', async () => {
    for (const status of [400, 401, 403, 429, 500, 503]) {
      const door = open(ACTIVE)
      endpoint.status = status
      assert.equal(await door.reason('reference-token'), 'request.unavailable', String(status))
    }
    const source = { ...endpoint.source(), maxBytes: 1000 }
    const large = open({ ...ACTIVE, noise: 'x'.repeat(2000) }, { source })
    assert.equal(await large.reason('reference-token'), 'request.unavailable')
    const slow = open(ACTIVE, { source: { ...endpoint.source(), timeoutMs: 30 } })
    const gate = Promise.withResolvers<void>()
    endpoint.hold = gate.promise
    assert.equal(await slow.reason('reference-token'), 'request.unavailable')
    gate.resolve()
  })

  it('is asked for once when many requests carry it, and the answer is leased', async () => {
    const door = open(ACTIVE)
    const answers = await Promise.all(Array.from({ length: 20 }, () => door.reason('one-token')))
    assert.deepEqual(new Set(answers), new Set(['allowed']))
    door.clock.now = NOW + 9
    assert.equal(await door.reason('one-token'), 'allowed')
    assert.equal(endpoint.requests.length, 1)
    door.clock.now = NOW + 10
    endpoint.answer = { active: false }
    assert.equal(await door.reason('one-token'), 'opaque.inactive')
    assert.equal(endpoint.requests.length, 2)
  })

  it('is leased no longer than it lives', async () => {
    const door = open({ ...ACTIVE, exp: NOW + 5 })
    assert.equal(await door.reason('one-token'), 'allowed')
    door.clock.now = NOW + 5
    assert.equal(await door.reason('one-token'), 'opaque.expired')
  })

  it('is sent in a body, with our own credentials form-encoded (SR-035)', async () => {
    const token = 'a+b/c~d=='
    await open(ACTIVE).ask(token)
    const [first] = endpoint.requests
    assert.equal(first?.headers['content-type'], 'application/x-www-form-urlencoded')
    const parameters = new URLSearchParams(first?.body)
    assert.deepEqual([...parameters.keys()], ['token', 'token_type_hint'])
    assert.equal(parameters.get('token'), token)
    const pair = atob(String(first?.headers.authorization).slice('Basic '.length))
    assert.equal(pair, 'api+one%3Aa:s%2Bcret%2F%C3%BC')
    const post = { ...BASIC, method: 'client_secret_post' } as const
    await open(ACTIVE, { source: endpoint.source(post) }).ask(token)
    assert.equal(new URLSearchParams(endpoint.requests[0]?.body).get('client_secret'), 's+cret/ü')
    assert.equal(endpoint.requests[0]?.headers.authorization, undefined)
    const bearer = { method: 'bearer', token: new Secret('ours') } as const
    await open(ACTIVE, { source: endpoint.source(bearer) }).ask(token)
    assert.equal(endpoint.requests[0]?.headers.authorization, 'Bearer ours')
  })

  it('is not sent anywhere when it is malformed, too large or a JWT', async () => {
    const door = open(ACTIVE)
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
    assert.equal(await door.reason('a b'), 'opaque.malformed')
    assert.equal(await door.reason('é'), 'opaque.malformed')
    assert.equal(await door.reason('a'.repeat(8193)), 'opaque.malformed')
    assert.equal(await door.reason(jwt), 'request.unsupported-credential')
    assert.equal(endpoint.requests.length, 0)
    assert.equal(await open(ACTIVE, { acceptJwt: true }).reason(jwt), 'allowed')
  })

  it('shows neither the token nor our secret in what is recorded', async () => {
    for (const answer of [ACTIVE, { active: false }, {}]) {
      const door = open(answer)
      await door.ask('very-secret-reference')
      const seen = JSON.stringify(door.records)
      assert.ok(!seen.includes('very-secret-reference') && !seen.includes('s+cret'))
    }
  })

  it('needs https: and a public address unless unsafe says otherwise', async () => {
    assert.equal(
      await open(ACTIVE, { unsafe: {} }).reason('reference-token'),
      'request.unavailable',
    )
    const source = { ...endpoint.source(), allowPrivateHosts: [] }
    assert.equal(await open(ACTIVE, { source }).reason('reference-token'), 'request.unavailable')
    assert.equal(endpoint.requests.length, 0)
  })

  it('without an audience is accepted only when unsafe says so', async () => {
    const answer = { ...ACTIVE, aud: undefined }
    const both = { ...unsafe, allowMissingAudience: true }
    assert.equal(await open(answer, { unsafe: both }).reason('reference-token'), 'allowed')
  })
})

describe('an introspection answer', () => {
  it('with a delegation chain of any depth is read or refused, never a crash', () => {
    let act: unknown = { sub: 'a' }
    for (let depth = 0; depth < 10_000; depth += 1) act = { sub: 'a', act }
    const context = { tenant: 'default', tokenId: 't', now: NOW }
    assert.deepEqual(readIntrospection({ ...ACTIVE, act }, context), { ok: false, error: 'act' })
  })
})

describe('the options of opaque tokens', () => {
  it('are checked at construction', async () => {
    const { source } = await mint.opaque()
    const clientAuth = { method: 'bearer', token: new Secret('x') } as const
    for (const [options, code] of [
      [{ source, audience: AUDIENCE }, 'CS_CONFIG_BRAND_MISSING'],
      [{ source, brand: 'test', audience: [] }, 'CS_CONFIG_AUDIENCE_MISSING'],
      [{ source, brand: 'test', audience: '' }, 'CS_CONFIG_AUDIENCE_MISSING'],
      [{ source, brand: 'T', audience: AUDIENCE }, 'CS_CONFIG_BRAND_INVALID'],
      [
        { source: { kind: 'introspection', endpoint: '/x', clientAuth }, audience: AUDIENCE },
        'CS_CONFIG_ENDPOINT_INVALID',
      ],
    ] as const) {
      assert.throws(
        () => opaque(options),
        (error) => error instanceof ConfigError && error.code === code,
        code,
      )
    }
  })
})
