import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { UnavailableError } from '../core/errors.ts'
import { err, ok } from '../core/result.ts'
import type { Jwk } from '../crypto/seam.ts'
import type { FetchJson, FetchOutcome } from '../net/seam.ts'
import { jwtPolicy } from '../methods/jwt/options.ts'
import {
  generateSigningJwk,
  importSigningKey,
  signJwt,
  type SigningKey,
} from '../methods/jwt/sign.ts'
import { verifyJwt } from '../methods/jwt/verify.ts'
import { algorithmNamed, type JwsAlgorithm } from './algorithms.ts'
import { remoteKeySet, type RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts'

const ES256 = algorithmNamed('ES256') as JwsAlgorithm
const URL_OF_KEYS = 'https://issuer.example/jwks'

async function newKey(kid: string): Promise<SigningKey & { readonly jwk: Jwk }> {
  const key = await importSigningKey({ jwk: await generateSigningJwk('ES256', kid) })
  return { ...key, jwk: key.publicJwk ?? {} }
}

const [A, B, C] = [await newKey('a'), await newKey('b'), await newKey('c')]

/** A key set over a source that the test controls, and a clock that it holds. */
function scripted(options: Partial<RemoteKeySetOptions> = {}): {
  readonly keys: RemoteKeySet
  readonly source: {
    now: number
    fetches: number
    answer: () => FetchOutcome | Promise<FetchOutcome>
  }
} {
  const source = { now: 0, fetches: 0, answer: (): FetchOutcome | Promise<FetchOutcome> => jwks(A) }
  const fetchJson: FetchJson = async () => {
    source.fetches += 1
    return source.answer()
  }
  const clock = (): number => source.now
  return { keys: remoteKeySet({ url: URL_OF_KEYS, fetchJson, clock, ...options }), source }
}

const jwks = (...keys: readonly { readonly jwk: Jwk }[]): FetchOutcome =>
  ok({ keys: keys.map(({ jwk }) => jwk) })
const down = (): FetchOutcome => err({ kind: 'unreachable', message: 'ECONNREFUSED' })
const kidOf = async (keys: RemoteKeySet, kid: string | undefined): Promise<string | undefined> =>
  (await keys.find(ES256, kid))?.kid

test('many first requests are one fetch, and later ones answer from memory at once', async () => {
  const { keys, source } = scripted()
  const found = await Promise.all(Array.from({ length: 50 }, () => kidOf(keys, 'a')))
  assert.deepEqual(new Set(found), new Set(['a']))
  assert.equal(source.fetches, 1)
  assert.ok(!(keys.find(ES256, 'a') instanceof Promise))
})

test('keys are fetched again in the background before they are stale', async () => {
  const { keys, source } = scripted()
  await keys.refresh()
  source.now = 239_000
  assert.ok(!(keys.find(ES256, 'a') instanceof Promise))
  assert.equal(source.fetches, 1)
  source.now = 241_000
  assert.ok(!(keys.find(ES256, 'a') instanceof Promise))
  assert.equal(source.fetches, 2)
})

test('an unchanged key stays the same object, so that known tokens stay known', async () => {
  const { keys } = scripted()
  const before = await keys.find(ES256, 'a')
  await keys.refresh()
  assert.equal(await keys.find(ES256, 'a'), before)
})

test('a kid nobody knows costs one fetch for the whole cooldown', async () => {
  const { keys, source } = scripted()
  await keys.refresh()
  const flood = Array.from({ length: 200 }, (_, at) => kidOf(keys, `made-up-${at}`))
  assert.deepEqual(new Set(await Promise.all(flood)), new Set([undefined]))
  assert.equal(source.fetches, 2)
  source.now = 9999
  assert.equal(await kidOf(keys, 'x'), undefined)
  assert.equal(source.fetches, 2)
  source.now = 10_000
  assert.equal(await kidOf(keys, 'x'), undefined)
  assert.equal(source.fetches, 3)
})

test('a kid that the source knows starts no cooldown: rotations may follow each other', async () => {
  const { keys, source } = scripted()
  await keys.refresh()
  source.answer = () => jwks(A, B)
  assert.equal(await kidOf(keys, 'b'), 'b')
  source.answer = () => jwks(B, C)
  assert.equal(await kidOf(keys, 'c'), 'c')
  assert.equal(await kidOf(keys, 'a'), undefined, 'a withdrawn key is gone')
})

test('a fetch that left before the rotation is not the last word on a new kid', async () => {
  const { keys, source } = scripted()
  await keys.refresh()
  const slow = Promise.withResolvers<FetchOutcome>()
  source.answer = () => slow.promise
  const refreshing = keys.refresh()
  const waiting = kidOf(keys, 'b')
  source.answer = () => jwks(A, B)
  slow.resolve(jwks(A))
  await refreshing
  assert.equal(await waiting, 'b')
})

test('stale keys serve while the source is down, for so long and no longer', async () => {
  const { keys, source } = scripted({ maxAgeSeconds: 10, maxStaleSeconds: 20 })
  await keys.refresh()
  source.answer = down
  source.now = 29_000
  assert.equal(await kidOf(keys, 'a'), 'a')
  source.now = 31_000
  await assert.rejects(kidOf(keys, 'a'), UnavailableError)
  source.now = 32_100
  source.answer = () => jwks(A)
  assert.equal(await kidOf(keys, 'a'), 'a')
})

test('a source that is down answers 503 for an unknown kid, never 401, and is not hammered', async () => {
  const { keys, source } = scripted()
  await keys.refresh()
  source.answer = down
  for (let round = 0; round < 20; round += 1)
    await assert.rejects(kidOf(keys, 'b'), { name: 'UnavailableError', control: 'key-set' })
  assert.equal(source.fetches, 2)
  assert.equal(keys.status().lastFailure, 'ECONNREFUSED')
})

test('a source that throws is a source that is down', async () => {
  const { keys, source } = scripted()
  source.answer = () => Promise.reject(new Error('bug'))
  await assert.rejects(kidOf(keys, 'a'), UnavailableError)
})

const DOCUMENTS: readonly (readonly [string, unknown])[] = [
  ['no object', []],
  ['no keys', {}],
  ['keys that are no list', { keys: { 0: A.jwk } }],
  ['too many keys', { keys: Array.from({ length: 101 }, () => A.jwk) }],
]
for (const [what, document] of DOCUMENTS) {
  test(`a document with ${what} is a failure, and keeps the keys that are there`, async () => {
    const { keys, source } = scripted()
    await keys.refresh()
    source.answer = () => ok(document)
    await keys.refresh()
    assert.equal(await kidOf(keys, 'a'), 'a')
    assert.notEqual(keys.status().lastFailure, undefined)
  })
}

test('keys that cannot be used are left out, and the others work', async () => {
  const { keys, source } = scripted()
  const secret = { kty: 'oct', alg: 'HS256', kid: 's', k: 'A'.repeat(43) }
  const leaked = await generateSigningJwk('ES256', 'leaked')
  const other = await newKey('c')
  const unusable = [
    null,
    'text',
    {},
    secret,
    leaked,
    { ...A.jwk, kid: 'enc', use: 'enc' },
    { ...A.jwk, kid: 'future', alg: 'XY999' },
    { ...A.jwk, kid: 'curve', crv: 'P-384' },
    { ...A.jwk, kid: 'point', y: A.jwk['x'] },
    { kty: 'RSA', alg: 'RS256', n: 'AQ', e: 'AQAB' },
    C.jwk,
    other.jwk,
  ]
  source.answer = () => ok({ keys: [...unusable, B.jwk] })
  assert.equal(await kidOf(keys, 'b'), 'b')
  for (const kid of ['s', 'leaked', 'enc', 'future', 'curve', 'point', 'c'])
    assert.equal(await kidOf(keys, kid), undefined, kid)
  assert.deepEqual(
    { ...keys.status(), fetchedAtMs: 0 },
    {
      fetchedAtMs: 0,
      usableKeys: 1,
      ignoredKeys: 12,
      lastFailure: undefined,
    },
  )
})

test('the keys are told as they were published, but for those that cannot be used', async () => {
  const { keys, source } = scripted()
  const withChain = { ...A.jwk, x5c: ['AAAA'] }
  source.answer = () => ok({ keys: [withChain, { kty: 'oct', k: 'A'.repeat(43) }] })
  assert.deepEqual(await keys.jwks(), [withChain])
  assert.deepEqual(await keys.jwks(), [withChain])
  assert.equal(source.fetches, 1)
  source.now = 241_000
  source.answer = () => jwks(B)
  await keys.jwks()
  await keys.refresh()
  assert.equal(source.fetches, 2)
  assert.deepEqual(await keys.jwks(), [B.jwk])
  source.now = 10_000_000
  source.answer = down
  await assert.rejects(keys.jwks(), UnavailableError)
})

test('RSA keys without alg take the configured one; without it they are left out', async () => {
  const rsa = await importSigningKey({ jwk: await generateSigningJwk('RS256', 'r') })
  const { alg: _alg, ...bare } = rsa.publicJwk ?? {}
  const RS256 = algorithmNamed('RS256') as JwsAlgorithm
  for (const [options, kid] of [
    [{ algorithm: 'RS256' }, 'r'],
    [{}, undefined],
  ] as const) {
    const { keys, source } = scripted(options)
    source.answer = () => ok({ keys: [bare] })
    assert.equal((await keys.find(RS256, 'r'))?.kid, kid)
  }
})

for (const url of [
  'http://issuer.example/jwks',
  'https://10.0.0.1/jwks',
  'jwks.json',
  'https://localhost/',
]) {
  test(`refuses to be configured for ${url} (SR-504)`, () => {
    assert.throws(() => remoteKeySet({ url }), { code: 'CS_CONFIG_KEY_SET_URL' })
  })
}

test('rotations under load cost no 401, over real HTTP', async () => {
  const published = [A]
  let fetches = 0
  const server = createServer((_request, response) => {
    fetches += 1
    response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  const keys = remoteKeySet({
    url: `http://127.0.0.1:${port}/jwks`,
    allowPrivateHosts: ['127.0.0.1'],
    unsafe: { allowHttp: true },
  })
  const now = 1_795_499_200
  const issuer = 'https://issuer.example'
  const policy = jwtPolicy({ issuer, audience: 'api', algorithms: ['ES256'], keys })
  const claims = { iss: issuer, aud: 'api', sub: 'u', client_id: 'c', iat: now, exp: now + 60 }
  const seen = new Map<string, number>()
  const call = async (key: SigningKey, jti: string): Promise<void> => {
    const verdict = await verifyJwt(await signJwt({ ...claims, jti }, key), policy, now)
    const outcome = verdict.outcome === 'rejected' ? verdict.reason : verdict.outcome
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
  }
  for (const [round, key] of [A, B, C, await newKey('d'), await newKey('e')].entries()) {
    if (round > 0) published.unshift(key)
    await Promise.all(Array.from({ length: 100 }, (_, at) => call(key, `${round}-${at}`)))
  }
  assert.deepEqual([...seen], [['accepted', 500]])
  assert.ok(fetches <= 10, `${fetches} fetches for five keys`)
})
