import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnavailableError } from '../../core/errors.ts'
import type { Attempt } from '../../core/method.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import {
  RevocationSet,
  type Freshness,
  type RevocableFacts,
  type RevocationKind,
} from '../../core/revocation.ts'
import { Trace } from '../../core/trace.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { KeySet } from '../../jose/key-set.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { testIssuer, type JwtFault } from '../../testing/mint-jwt.ts'
import { requestView } from '../../testing/request.ts'
import { jwtAttacks } from './attacks.ts'
import { jwtPolicy, type TokenType } from './options.ts'
import { signJwt } from './sign.ts'
import { jwt, verifyJwt } from './verify.ts'

const NOW = 1_795_499_200

for (const algorithm of ['ES256', 'RS256', 'Ed25519']) {
  const issuer = await testIssuer({ algorithm, now: () => NOW })
  const token = await issuer.mint()
  const several = await issuer.mint({ aud: ['x', issuer.audience] })
  const attacks = await jwtAttacks({ ...issuer, now: NOW, maxLifetimeSeconds: 900 })
  methodContract(`jwt ${algorithm}`, () => ({
    method: jwt({ ...issuer.options, maxLifetimeSeconds: 900 }),
    accepted: [
      { headers: [['authorization', `Bearer ${token}`]] },
      { headers: [['authorization', `bEARER   ${several}`]] },
    ],
    attacks,
    secrets: [token, token.slice(-43)],
    now: NOW,
  }))
}

const attempt = (value: string, trace?: Trace): Attempt => ({
  view: requestView(),
  authorization: { scheme: 'bearer', value },
  scheme: 'https',
  clientAddress: undefined,
  now: NOW,
  trace,
})

test('leaves a bearer credential without a dot, and other schemes, to other methods', async () => {
  const { options } = await testIssuer()
  const method = jwt(options)
  assert.equal(method.locate(attempt('cs_at_0123')), undefined)
  const basic = { ...attempt('a.b.c'), authorization: { scheme: 'basic', value: 'a.b.c' } }
  assert.equal(method.locate(basic), undefined)
  assert.deepEqual(await method.verify(basic), { outcome: 'absent' })
})

test('explains every check in order, with the values, for a new token and for a known one', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const method = jwt({ ...issuer.options, maxLifetimeSeconds: 900 })
  const token = await issuer.mint()
  const names = async (): Promise<readonly string[]> => {
    const trace = new Trace()
    const verdict = await method.verify(attempt(token, trace))
    assert.equal(verdict.outcome, 'accepted')
    assert.ok(trace.checks.every(({ passed }) => passed))
    return trace.checks.map(({ name }) => name.slice('jwt.'.length))
  }
  const order =
    'form issuer type algorithm key signature claim-types claims audience expiry not-before lifetime'
  assert.deepEqual(await names(), order.split(' '))
  assert.deepEqual(await names(), order.split(' '))
})

test('the check that fails is the last one, and shows what was compared', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const trace = new Trace()
  const token = await issuer.mint({ aud: 'https://other.example' })
  await jwt(issuer.options).verify(attempt(token, trace))
  assert.deepEqual(trace.checks.at(-1), {
    name: 'jwt.audience',
    passed: false,
    expected: [issuer.audience],
    actual: ['https://other.example'],
  })
})

const FAULTS: readonly (readonly [JwtFault, ReasonCode])[] = [
  ['expired', 'jwt.expired'],
  ['not-yet-valid', 'jwt.not-yet-valid'],
  ['wrong-issuer', 'jwt.issuer-mismatch'],
  ['wrong-audience', 'jwt.audience-mismatch'],
  ['wrong-type', 'jwt.type-mismatch'],
  ['wrong-key', 'jwt.signature-invalid'],
  ['unknown-key', 'jwt.key-unknown'],
  ['unsigned', 'jwt.signature-invalid'],
]

for (const [fault, reason] of FAULTS) {
  test(`testIssuer breaks a token as ${fault}, and for that reason only`, async () => {
    const issuer = await testIssuer({ now: () => NOW })
    const policy = jwtPolicy(issuer.options)
    const verdict = await verifyJwt(await issuer.broken(fault), policy, NOW)
    assert.equal(verdict.outcome === 'rejected' && verdict.reason, reason)
  })
}

const outcomeOf = (verdict: Verdict): string =>
  verdict.outcome === 'rejected' ? verdict.reason : verdict.outcome

test('checks expiry, revocation and key of a known token on every request', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const revoked = new RevocationSet()
  let held = true
  const keys: KeySet = {
    find: (algorithm, kid) => (held ? issuer.keys.find(algorithm, kid) : undefined),
  }
  let freshness: Freshness = 'live'
  const revocations = {
    find: (facts: RevocableFacts) => revoked.find(facts),
    freshness: () => freshness,
  }
  const policy = jwtPolicy({ ...issuer.options, keys, revocations })
  const token = await issuer.mint({ jti: 'tok_1', nbf: NOW })
  const at = async (now: number): Promise<string> => outcomeOf(await verifyJwt(token, policy, now))
  assert.equal(await at(NOW), 'accepted')
  assert.equal(await at(NOW + 304), 'accepted')
  assert.equal(await at(NOW + 305), 'jwt.expired')
  assert.equal(await at(NOW - 5), 'accepted')
  assert.equal(await at(NOW - 6), 'jwt.not-yet-valid')
  held = false
  assert.equal(await at(NOW), 'jwt.key-unknown')
  held = true
  freshness = 'lost'
  await assert.rejects(async () => verifyJwt(token, policy, NOW), UnavailableError)
  freshness = 'stale'
  assert.equal(await at(NOW), 'accepted')
  revoked.add({ tenant: 'default', kind: 'token', subject: 'tok_1', expiresAt: NOW + 400 })
  assert.equal(await at(NOW), 'jwt.revoked')
})

const SUBJECTS: readonly (readonly [RevocationKind, string])[] = [
  ['token', 'tok_1'],
  ['grant', 'grt_1'],
  ['principal', 'usr_test'],
  ['client', 'app_test'],
  ['credential', 'crd_1'],
  ['tenant', 'default'],
]

for (const [kind, subject] of SUBJECTS) {
  test(`a revoked ${kind} takes its tokens with it, and no others`, async () => {
    const issuer = await testIssuer({ now: () => NOW })
    const revoked = new RevocationSet()
    const live = {
      find: (facts: RevocableFacts) => revoked.find(facts),
      freshness: () => 'live' as const,
    }
    const policy = jwtPolicy({ ...issuer.options, revocations: live })
    const token = await issuer.mint({ jti: 'tok_1', grant_id: 'grt_1', credential_id: 'crd_1' })
    revoked.add({ tenant: 'other', kind, subject, expiresAt: NOW + 400 })
    revoked.add({ tenant: 'default', kind, subject: 'another', expiresAt: NOW + 400 })
    assert.equal(outcomeOf(await verifyJwt(token, policy, NOW)), 'accepted')
    revoked.add({ tenant: 'default', kind, subject, expiresAt: NOW + 400 })
    assert.equal(outcomeOf(await verifyJwt(token, policy, NOW)), 'jwt.revoked')
  })
}

test('a compromised signing key is revoked by kid', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const revoked = new RevocationSet()
  const live = {
    find: (facts: RevocableFacts) => revoked.find(facts),
    freshness: () => 'live' as const,
  }
  const policy = jwtPolicy({ ...issuer.options, revocations: live })
  revoked.add({ tenant: 'default', kind: 'key', subject: issuer.key.kid ?? '', expiresAt: NOW + 1 })
  assert.equal(outcomeOf(await verifyJwt(await issuer.mint(), policy, NOW)), 'jwt.revoked')
})

test("one tenant's issuer cannot speak for another's", async () => {
  const one = await testIssuer({ issuer: 'https://i.example/t/one', now: () => NOW })
  const two = await testIssuer({ issuer: 'https://i.example/t/two', now: () => NOW })
  const issuers = [
    { ...one.options, tenant: 'one' },
    { ...two.options, tenant: 'two' },
  ]
  const policy = jwtPolicy({ issuers })
  const good = await verifyJwt(await two.mint(), policy, NOW)
  assert.equal(good.outcome === 'accepted' && good.principal.tenant, 'two')
  const forged = await verifyJwt(await two.mint({ iss: one.issuer }), policy, NOW)
  assert.equal(outcomeOf(forged), 'jwt.key-unknown')
})

test('a public key is no HMAC secret even where both algorithms are allowed (SR-041)', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const policy = jwtPolicy({ ...issuer.options, algorithms: ['ES256', 'HS256'] })
  const attacks = await jwtAttacks({ ...issuer, now: NOW })
  const confusion = attacks.find(({ name }) => name === 'public key as HMAC secret')
  const token = confusion?.headers[0]?.[1].slice('Bearer '.length) ?? ''
  assert.equal(outcomeOf(await verifyJwt(token, policy, NOW)), 'jwt.key-unknown')
})

const PRINCIPALS: readonly (readonly [string, object, object])[] = [
  ['a user', {}, { type: 'user', id: 'usr_test', clientId: 'app_test' }],
  ['a client', { sub: 'app_test' }, { type: 'client', id: 'app_test', clientId: 'app_test' }],
  [
    'an agent',
    { act: { sub: 'bot', act: { sub: 'hub' } } },
    { type: 'agent', actor: { subject: 'bot', actor: { subject: 'hub' } } },
  ],
  ['scopes of scope', { scope: 'a:read  b:*  a:read' }, { scopes: ['a:read', 'b:*'] }],
  ['scopes of scp', { scp: ['a', 'b', 'a'] }, { scopes: ['a', 'b'] }],
  ['no scopes', {}, { scopes: [] }],
  ['the login of a user', { auth_time: NOW - 99 }, { authenticatedAt: NOW - 99 }],
  ['the times of a token', {}, { authenticatedAt: NOW, expiresAt: NOW + 300 }],
  ['the name of a token', { jti: 'tok_9' }, { credentialId: 'tok_9', method: 'jwt' }],
]

for (const [what, claims, expected] of PRINCIPALS) {
  test(`claims become ${what}`, async () => {
    const issuer = await testIssuer({ now: () => NOW })
    const token = await issuer.mint({ ...claims })
    const verdict = await verifyJwt(token, jwtPolicy(issuer.options), NOW)
    assert.ok(verdict.outcome === 'accepted')
    assert.partialDeepStrictEqual(verdict.principal, expected)
  })
}

test('nothing a handler is given can be changed, at any depth', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const policy = jwtPolicy(issuer.options)
  const token = await issuer.mint({ scope: 'a', roles: [{ name: 'x' }], act: { sub: 'bot' } })
  const verdict = await verifyJwt(token, policy, NOW)
  assert.ok(verdict.outcome === 'accepted')
  const seen: unknown[] = [verdict.principal]
  for (const value of seen) {
    if (typeof value !== 'object' || value === null) continue
    assert.ok(Object.isFrozen(value), JSON.stringify(value))
    seen.push(...Object.values(value))
  }
})

test('a bound token that is accepted unproven does not look bound', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const policy = jwtPolicy({ ...issuer.options, unsafe: { acceptUnprovenBinding: true } })
  const verdict = await verifyJwt(await issuer.mint({ cnf: { jkt: 'k' } }), policy, NOW)
  assert.ok(verdict.outcome === 'accepted')
  assert.equal(verdict.principal.confirmation, undefined)
})

const TYPES: readonly (readonly [TokenType, string, object, string])[] = [
  ['access', 'application/AT+JWT', {}, 'accepted'],
  ['access', 'JWT', {}, 'jwt.type-mismatch'],
  [['JWT'], 'jwt', {}, 'accepted'],
  [['JWT'], 'at+jwt', {}, 'jwt.type-mismatch'],
  [['JWT'], 'JWT', { nonce: 'n' }, 'jwt.type-mismatch'],
  [['JWT'], 'JWT', { at_hash: 'h' }, 'jwt.type-mismatch'],
  ['id', 'JWT', { nonce: 'n', jti: undefined, client_id: undefined }, 'accepted'],
  ['id', 'at+jwt', {}, 'jwt.type-mismatch'],
]

for (const [tokenType, typ, claims, expected] of TYPES) {
  test(`tokenType ${String(tokenType)}: typ ${typ} ${JSON.stringify(claims)} is ${expected}`, async () => {
    const issuer = await testIssuer({ now: () => NOW })
    const good = { iss: issuer.issuer, aud: issuer.audience, sub: 's', client_id: 'c', jti: 'j' }
    const whole = { ...good, iat: NOW, exp: NOW + 60, ...claims }
    const token = await signJwt(whole, issuer.key, { typ })
    const policy = jwtPolicy({ ...issuer.options, tokenType })
    assert.equal(outcomeOf(await verifyJwt(token, policy, NOW)), expected)
  })
}

test('the custom profile asks for exp, iss, aud, and what requiredClaims names', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  const custom = { ...issuer.options, profile: 'custom' as const }
  const token = await issuer.mint({ client_id: undefined, jti: undefined, iat: undefined })
  assert.equal(outcomeOf(await verifyJwt(token, jwtPolicy(custom), NOW)), 'accepted')
  const strict = jwtPolicy({ ...custom, requiredClaims: ['email'] })
  assert.equal(outcomeOf(await verifyJwt(token, strict, NOW)), 'jwt.claim-missing')
  const bounded = jwtPolicy({ ...custom, maxLifetimeSeconds: 900 })
  assert.equal(outcomeOf(await verifyJwt(token, bounded, NOW)), 'jwt.claim-missing')
})

test('claimsToPrincipal refines the standard principal, once per token', async () => {
  const issuer = await testIssuer({ now: () => NOW })
  let calls = 0
  const policy = jwtPolicy({
    ...issuer.options,
    claimsToPrincipal: (claims, principal) => {
      calls += 1
      return { ...principal, scopes: [String(claims['role'])] }
    },
  })
  const token = await issuer.mint({ role: 'admin' })
  for (const _ of [1, 2]) {
    const verdict = await verifyJwt(token, policy, NOW)
    assert.ok(verdict.outcome === 'accepted')
    assert.deepEqual(verdict.principal.scopes, ['admin'])
  }
  assert.equal(calls, 1)
})

const CONFIGURATIONS: readonly (readonly [string, object])[] = [
  ['ISSUER_MISSING', { issuer: '' }],
  ['ISSUER_MISSING', { issuers: [] }],
  ['AUDIENCE_MISSING', { audience: undefined }],
  ['AUDIENCE_MISSING', { audience: [] }],
  ['AUDIENCE_MISSING', { audience: [''] }],
  ['ALGORITHMS_MISSING', { algorithms: undefined }],
  ['ALGORITHMS_MISSING', { algorithms: [] }],
  ['ALGORITHM_UNKNOWN', { algorithms: ['none'] }],
  ['ALGORITHM_UNKNOWN', { algorithms: ['es256'] }],
  ['KEYS_MISSING', { keys: undefined }],
  ['TOKEN_TYPE', { tokenType: [] }],
  ['CLOCK_TOLERANCE', { clockToleranceSeconds: 301 }],
  ['CLOCK_TOLERANCE', { clockToleranceSeconds: -1 }],
  ['CLOCK_TOLERANCE', { clockToleranceSeconds: Number.NaN }],
  ['LIFETIME', { maxLifetimeSeconds: 0 }],
]

for (const [code, changes] of CONFIGURATIONS) {
  test(`refuses the configuration ${JSON.stringify(changes)} as ${code}`, async () => {
    const { options } = await testIssuer()
    assert.throws(() => jwt({ ...options, ...changes }), { code: `CS_CONFIG_JWT_${code}` })
  })
}

test('an issuer named twice is a mistake', async () => {
  const { options } = await testIssuer()
  assert.throws(() => jwt({ issuers: [options, options] }), {
    code: 'CS_CONFIG_JWT_ISSUER_REPEATED',
  })
})
