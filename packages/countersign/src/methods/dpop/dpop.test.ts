import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { Method } from '../../core/method.ts'
import type { ReplayClaim, ReplayStore } from '../../core/replay.ts'
import { answer } from '../../core/response.ts'
import { accepted } from '../../core/verdict.ts'
import { importSigningKey } from '../../jose/keys.ts'
import {
  dpopRequest,
  reasonAt,
  testClient,
  testDpop,
  testReplay,
  type TestDpop,
} from '../../testing/dpop-desk.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { mint } from '../../testing/mint.ts'
import { testIssuer } from '../../testing/mint-jwt.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { apiKey } from '../api-key/verify.ts'
import { jwt } from '../jwt/verify.ts'
import { opaque } from '../opaque/verify.ts'
import { dpopAttacks } from './attacks.ts'
import { bareJwk, type ProofForger, type ProofForgery } from './forge.ts'
import { rollingNonces } from './nonces.ts'
import { dpopPolicy } from './options.ts'
import { verifyProof } from './proof.ts'
import { dpopProof } from './sign.ts'
import { jwkThumbprint } from '../../jose/thumbprint.ts'
import { dpop } from './verify.ts'

const NOW = 1_795_499_200
const TARGET = 'https://api.example.test/orders'
const memory = (): ReplayStore => testReplay(NOW)
const ask = async (method: Method, parts: RequestParts, now = NOW): Promise<string> =>
  reasonAt(now, method, parts)
const resource = async (algorithm?: string): Promise<TestDpop> => testDpop(NOW, algorithm)

for (const algorithm of ['ES256', 'Ed25519', 'RS256']) {
  methodContract(`dpop(jwt) ${algorithm}`, async () => {
    const { method, material, forge } = await resource(algorithm)
    const proof = await forge.proof()
    return {
      method: method(),
      accepted: [dpopRequest(material.accessToken, proof)],
      // The table is made of an ES256 client.
      attacks: algorithm === 'ES256' ? await dpopAttacks(material) : await few(forge),
      secrets: [material.accessToken, proof, proof.slice(-40)],
      now: NOW,
      replayed: 'dpop.replayed',
    }
  })
}

async function few({ proof, material, rogue }: ProofForger) {
  const forgeries = [
    ['other key', 'dpop.signature-invalid', { signWith: rogue }],
    ['stripped', 'dpop.signature-invalid', { signature: '' }],
    ['private key', 'dpop.key-invalid', { header: { jwk: material.privateJwk } }],
    ['old', 'dpop.clock-skew', { claims: { iat: NOW - 66 } }],
    ['no ath', 'dpop.token-mismatch', { claims: { ath: undefined } }],
  ] as const
  return Promise.all(
    forgeries.map(async ([name, reason, forgery]) => ({
      name,
      reason,
      ...dpopRequest(material.accessToken, await proof(forgery)),
      headers: dpopRequest(material.accessToken, await proof(forgery)).headers ?? [],
    })),
  )
}

describe('RFC 9449, its own figures', () => {
  const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
  const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
  const jwk = {
    kty: 'EC',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    crv: 'P-256',
  }
  const proof =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik' +
    'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR' +
    'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE' +
    'QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj' +
    'oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z' +
    'WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF' +
    'c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E' +
    'OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA'
  const parts: RequestParts = {
    ...dpopRequest(token, proof),
    authority: 'resource.example.org',
    target: '/protectedresource',
  }
  const signedAt = 1_562_262_618
  const replay = () => memoryReplay({ clock: () => (signedAt - 3600) * 1000 })
  const facts = { tenant: 'default', scopes: [], claims: {}, authenticatedAt: signedAt }

  it('the thumbprint of figure 8 is the jkt', async () => {
    assert.equal(await jwkThumbprint(jwk), jkt)
  })

  it('the request of figure 12 is accepted: its signature, ath and key are good', async () => {
    let value: unknown
    let proven: unknown
    const inner: Method = {
      name: 'opaque',
      challenge: { scheme: 'Bearer' },
      locate: () => 'authorization',
      verify: (attempt) => {
        value = attempt.authorization?.value
        proven = attempt.proven
        const confirmation = { jkt }
        const who = { type: 'user', id: 'u', method: 'opaque', credentialId: 't' } as const
        return accepted({ ...facts, ...who, confirmation })
      },
    }
    assert.equal(await ask(dpop(inner, { replay: replay() }), parts, signedAt), 'allowed')
    assert.deepEqual([value, proven], [token, { jkt }])
    const posted = { ...parts, method: 'POST' }
    const reason = await ask(dpop(inner, { replay: replay() }), posted, signedAt)
    assert.equal(reason, 'dpop.method-mismatch')
  })
})

describe('a bound token', () => {
  it('makes a sender-constrained principal, from the proof of any client of its key', async () => {
    const { method, material, jkt, key } = await resource()
    const desk = guard({ methods: [method()], clock: () => NOW * 1000 })
    const { accessToken } = material
    const proof = await dpopProof({
      key,
      method: 'GET',
      url: `${TARGET}?a=b#c`,
      accessToken,
      now: NOW,
    })
    const decision = await desk.check(requestView(dpopRequest(accessToken, proof)), {
      senderConstrained: true,
    })
    assert.ok(decision.outcome === 'allowed', JSON.stringify(decision))
    assert.deepEqual(decision.principal.confirmation, { jkt })
    assert.ok(Object.isFrozen(decision.principal))
  })

  for (const [what, unsafe, claims] of [
    ['unbound token', false, {}],
    ['bound token that is accepted unproven', true, { cnf: { jkt: 'k' } }],
  ] as const) {
    it(`is what senderConstrained asks for: an ${what} does not meet it`, async () => {
      const issuer = await testIssuer({ now: () => NOW })
      const inner = jwt({
        ...issuer.options,
        unsafe: { acceptUnprovenBinding: unsafe },
        // Not even a mapping that believes the claims.
        claimsToPrincipal: (_claims, principal) => ({ ...principal, confirmation: { jkt: 'k' } }),
      })
      const desk = guard({ methods: [dpop(inner, { replay: memory() })], clock: () => NOW * 1000 })
      const headers = [['authorization', `Bearer ${await issuer.mint(claims)}`]] as const
      const view = requestView({ headers })
      const free = await desk.check(view)
      assert.ok(free.outcome === 'allowed')
      assert.equal(free.principal.confirmation, undefined)
      const strict = await desk.check(view, { senderConstrained: true })
      assert.ok(strict.outcome === 'refused')
      assert.equal(strict.reason, 'permission.sender-constraint-missing')
    })
  }

  it('is refused beside a proof when the proof is for another binding, whatever is allowed', async () => {
    const issuer = await testIssuer({ now: () => NOW })
    const { key } = await testClient()
    const unsafe = { acceptUnprovenBinding: true }
    const method = dpop(jwt({ ...issuer.options, unsafe }), { replay: memory() })
    for (const claims of [{}, { cnf: { jkt: 'k' } }, { cnf: { 'x5t#S256': 'c' } }]) {
      const accessToken = await issuer.mint(claims)
      const proof = await dpopProof({ key, method: 'GET', url: TARGET, accessToken, now: NOW })
      assert.equal(await ask(method, dpopRequest(accessToken, proof)), 'jwt.binding-unproven')
    }
  })

  it('wants every key that it names: a DPoP key alone does not replace the certificate', async () => {
    const { method, mint: token, jkt, key } = await resource()
    const accessToken = await token({ cnf: { jkt, 'x5t#S256': 'c' } })
    const proof = await dpopProof({ key, method: 'GET', url: TARGET, accessToken, now: NOW })
    assert.equal(await ask(method(), dpopRequest(accessToken, proof)), 'jwt.binding-unproven')
  })

  it('may be opaque, and an API key may be bound as well', async () => {
    const { key, jkt } = await testClient()
    const { jkt: foreign } = await testClient()
    const subjects = await Promise.all(
      [{ jkt }, { jkt: foreign }, undefined].map(async (confirmation) => {
        const record = confirmation === undefined ? {} : { confirmation }
        return {
          token: await mint.opaque({ now: NOW, record }),
          apiKey: await mint.apiKey({ now: NOW, record }),
        }
      }),
    )
    const tokens = mint.opaqueSource(subjects.map(({ token }) => token.record))
    const keys = mint.apiKeySource(subjects.map(({ apiKey: { record } }) => record))
    const methods = [
      opaque({ source: tokens, brand: 'test', audience: 'https://api.example.test' }),
      apiKey({ brand: 'test', environment: 'live', source: keys }),
    ].map((inner) => dpop(inner, { replay: memory() }))
    const desk = guard({ methods, clock: () => NOW * 1000 })
    const expected = ['allowed', 'binding-unproven', 'binding-unproven']
    for (const [index, { token, apiKey: minted }] of subjects.entries()) {
      for (const credential of [token.token, minted.key]) {
        const proof = await dpopProof({
          key,
          method: 'GET',
          url: TARGET,
          accessToken: credential,
          now: NOW,
        })
        const parts = dpopRequest(credential, proof)
        const decision = await desk.check(requestView(parts), { senderConstrained: true })
        const outcome = decision.outcome === 'refused' ? decision.reason : decision.outcome
        assert.ok(outcome.endsWith(expected[index] ?? ''), outcome)
        const bearer = await desk.check(
          requestView({ headers: [['authorization', `Bearer ${credential}`]] }),
        )
        assert.equal(bearer.outcome, index === 2 ? 'allowed' : 'refused')
      }
    }
    const [bound] = subjects
    const header = requestView({ headers: [['x-api-key', bound?.apiKey.key ?? '']] })
    const decision = await desk.check(header)
    assert.equal(decision.outcome === 'refused' && decision.reason, 'api-key.binding-unproven')
  })

  it('is never taken on the word of a method that compares no keys', async () => {
    const { key } = await testClient()
    const careless: Method = {
      name: 'opaque',
      challenge: { scheme: 'Bearer' },
      locate: () => 'authorization',
      verify: () =>
        accepted({
          type: 'user',
          id: 'u',
          tenant: 'default',
          method: 'opaque',
          credentialId: 't',
          scopes: [],
          claims: {},
          authenticatedAt: NOW,
        }),
    }
    const proof = await dpopProof({ key, method: 'GET', url: TARGET, accessToken: 't', now: NOW })
    const method = dpop(careless, { replay: memory() })
    assert.equal(await ask(method, dpopRequest('t', proof)), 'dpop.key-unbound')
  })
})

const attempt = (proof: string, value: string, target = '/orders') => ({
  view: requestView({ target, headers: [['dpop', proof]] }),
  authorization: { scheme: 'dpop', value },
  scheme: 'https' as const,
  clientAddress: undefined,
  now: NOW,
  trace: undefined,
})

describe('dpop() among other methods', () => {
  it('adds its key to those that were proven outside of it', async () => {
    const { method, mint: token, jkt, key } = await resource()
    const accessToken = await token({ cnf: { jkt, 'x5t#S256': 'c' } })
    const resistant = method()
    const prove = async () => dpopProof({ key, method: 'GET', url: TARGET, accessToken, now: NOW })
    const outcomes = await Promise.all(
      [{ 'x5t#S256': 'c' }, { 'x5t#S256': 'd' }, { jkt: 'k' }].map(async (proven) =>
        resistant.verify({ ...attempt(await prove(), accessToken), proven }),
      ),
    )
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['accepted', 'rejected', 'rejected'],
    )
  })

  it('keeps the fields of the inner method beside its own', async () => {
    const { material, forge, jkt } = await resource()
    const nonces = rollingNonces({ secret: new Uint8Array(32) })
    const who = { type: 'user', id: 'u', method: 'jwt', credentialId: 't' } as const
    const facts = { tenant: 'default', scopes: [], claims: {}, authenticatedAt: NOW }
    const inner: Method = {
      name: 'jwt',
      challenge: { scheme: 'Bearer' },
      locate: () => 'authorization',
      verify: () => ({
        ...accepted({ ...facts, ...who, confirmation: { jkt } }),
        fields: [['x-inner', 'kept']],
      }),
    }
    const nonce = await nonces.current(NOW - 300)
    const proof = await forge.proof({ claims: { nonce } })
    const method = dpop(inner, { replay: memory(), nonces })
    const verdict = await method.verify(attempt(proof, material.accessToken))
    assert.ok(verdict.outcome === 'accepted')
    const renewed = ['dpop-nonce', await nonces.current(NOW)]
    assert.deepEqual(verdict.fields, [['x-inner', 'kept'], renewed])
  })

  it('leaves what lies at another place to the inner method', async () => {
    const { key } = await mint.apiKey({ now: NOW })
    const source = mint.apiKeySource([])
    const method = dpop(apiKey({ brand: 'test', environment: 'live', source }))
    const verdict = await method.verify(attempt('', key, '/?api_key=x'))
    assert.equal(verdict.outcome === 'rejected' && verdict.reason, 'request.credential-in-query')
  })

  it('remembers the keys of good proofs only, and each once', async () => {
    const { material, forge } = await resource()
    const policy = dpopPolicy()
    const { accessToken } = material
    const request = { method: 'GET', uri: TARGET, accessToken, now: NOW, trace: undefined }
    const verify = async (forgery?: ProofForgery) =>
      verifyProof(policy, { ...request, proofs: [await forge.proof(forgery)] })
    assert.equal((await verify({ signWith: forge.rogue })).ok, false)
    assert.equal(policy.keys.size, 0)
    assert.equal((await verify()).ok, true)
    assert.equal((await verify()).ok, true)
    assert.equal(policy.keys.size, 1)
  })
})

describe('one changed bit', () => {
  it('anywhere in the proof is refused', async () => {
    const { method, material, forge } = await resource()
    const proof = await forge.proof()
    const resistant = method()
    for (let at = 0; at < proof.length; at += 1) {
      const flipped = String.fromCharCode(proof.charCodeAt(at) ^ 1)
      const changed = `${proof.slice(0, at)}${flipped}${proof.slice(at + 1)}`
      const outcome = await ask(resistant, dpopRequest(material.accessToken, changed))
      assert.match(outcome, /^dpop\./, `at ${at}`)
    }
    assert.equal(await ask(resistant, dpopRequest(material.accessToken, proof)), 'allowed')
  })
})

describe('a proof', () => {
  it('works once, to the last second in which it is accepted (SR-106, keycloak#43505)', async () => {
    const { method, material, forge } = await resource()
    for (const iat of [NOW, NOW + 5, NOW - 60]) {
      const resistant = method()
      const parts = dpopRequest(material.accessToken, await forge.proof({ claims: { iat } }))
      assert.equal(await ask(resistant, parts), 'allowed')
      for (let now = NOW; now <= iat + 65; now += 1) {
        assert.equal(await ask(resistant, parts, now), 'dpop.replayed', `${iat - NOW} ${now - NOW}`)
      }
      assert.equal(await ask(resistant, parts, iat + 66), 'dpop.clock-skew')
    }
  })

  it('is claimed once however many send it at a time', async () => {
    const { method, material, forge } = await resource()
    const [parts, resistant] = [dpopRequest(material.accessToken, await forge.proof()), method()]
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask(resistant, parts)))
    assert.equal(outcomes.filter((outcome) => outcome === 'allowed').length, 1)
  })

  it('is claimed for its tenant and credential, after everything else was good', async () => {
    const { method, material, forge, mint: token } = await resource()
    const claims: ReplayClaim[] = []
    const replay: ReplayStore = {
      claim: (claim) => {
        claims.push(claim)
        return 'claimed'
      },
    }
    const resistant = method({ replay })
    for (const attack of await dpopAttacks(material)) {
      if (attack.captured !== true) await ask(resistant, attack)
    }
    const expired = await token({ exp: NOW - 60, cnf: { jkt: 'k' } })
    await ask(resistant, dpopRequest(expired, await forge.proof()))
    assert.deepEqual(claims, [])
    await ask(resistant, dpopRequest(material.accessToken, await forge.proof()))
    const [{ use = '', credentialId = '', ...claim } = {}] = claims
    assert.match(use, /^[\w-]{43}$/)
    assert.match(credentialId, /^tok_/)
    const times = { signedAt: NOW, expiresAt: NOW + 70, toleranceSeconds: 5 }
    assert.deepEqual(claim, { tenant: 'default', ...times })
  })

  it('with a jti that another client has used is not a replay (draft-dpop#32)', async () => {
    const [mine, other] = [await resource(), await resource()]
    const uses = new Set<string>()
    const replay: ReplayStore = {
      claim: ({ use }) => {
        const known = uses.has(use)
        uses.add(use)
        return known ? 'replayed' : 'claimed'
      },
    }
    for (const { method, material, forge } of [mine, other]) {
      const proof = await forge.proof({ claims: { jti: 'the-same' } })
      assert.equal(
        await ask(method({ replay }), dpopRequest(material.accessToken, proof)),
        'allowed',
      )
    }
  })

  it('signed before the memory began is told to come again (SR-107)', async () => {
    const { method, material, forge } = await resource()
    const replay = memoryReplay({ clock: () => NOW * 1000 })
    const parts = dpopRequest(material.accessToken, await forge.proof())
    assert.equal(await ask(method({ replay }), parts), 'request.replay-fenced')
  })

  it('is refused with 503 when nobody can tell whether it was used', async () => {
    const { method, material, forge } = await resource()
    const replay: ReplayStore = {
      claim: () => {
        throw new UnavailableError('replay', 'down')
      },
    }
    const parts = dpopRequest(material.accessToken, await forge.proof())
    assert.equal(await ask(method({ replay }), parts), 'request.unavailable')
  })

  it('of the wrong time learns the right one (SR-109)', async () => {
    const { method, material, forge } = await resource()
    const resistant = method()
    const desk = guard({ methods: [resistant], clock: () => NOW * 1000 })
    const proof = await forge.proof({ claims: { iat: NOW - 900 } })
    const decision = await desk.check(requestView(dpopRequest(material.accessToken, proof)))
    assert.ok(decision.outcome === 'refused')
    const { status, body, headers } = answer(decision, desk)
    const told: unknown = JSON.parse(body)
    assert.partialDeepStrictEqual(told, { code: 'clock-skew', serverTime: NOW })
    assert.equal(status, 401)
    const challenge = headers.find(([name]) => name === 'www-authenticate')?.[1]
    assert.equal(challenge, 'DPoP realm="api", algs="ES256", error="invalid_dpop_proof"')
  })
})

describe('the options', () => {
  const inner: Method = {
    name: 'jwt',
    challenge: { scheme: 'Bearer' },
    locate: () => undefined,
    verify: () => ({ outcome: 'absent' }),
  }
  for (const [what, options] of [
    ['no algorithm', { algorithms: [] }],
    ['a MAC', { algorithms: ['HS256'] }],
    ['no signature', { algorithms: ['none'] }],
    ['an age of nothing', { maxAgeSeconds: 0 }],
    ['an age of days', { maxAgeSeconds: 86_400 }],
    ['an age that is no number', { maxAgeSeconds: Number.NaN }],
    ['a tolerance of an hour', { clockToleranceSeconds: 3600 }],
    ['proofs of no size', { maxProofBytes: 0 }],
    ['an origin with a path', { origin: 'https://api.example.test/v1' }],
    ['an origin that is none', { origin: 'api.example.test' }],
  ] as const) {
    it(`refuse ${what}`, () => assert.throws(() => dpop(inner, options), ConfigError))
  }

  it('of nonces refuse a short secret and a span that cannot be meant', () => {
    const secret = new Uint8Array(32)
    assert.throws(() => rollingNonces({ secret: secret.slice(1) }), ConfigError)
    assert.throws(() => rollingNonces({ secret, rotateSeconds: 1 }), ConfigError)
    assert.throws(() => rollingNonces({ secret, rotateSeconds: Number.NaN }), ConfigError)
  })

  it('keep what the inner method is: name, places, other schemes', async () => {
    const { method, material } = await resource()
    const wrapped = dpop({ ...inner, besides: ['tls'] })
    assert.deepEqual([wrapped.name, wrapped.besides], ['jwt', ['tls']])
    assert.equal(method().besides, undefined)
    const bearer = [['authorization', `Bearer ${material.unboundToken}`]] as const
    assert.equal(await ask(method(), { headers: bearer }), 'allowed')
    const basic = [['authorization', 'Basic YTpi']] as const
    assert.equal(await ask(method(), { headers: basic }), 'request.unsupported-credential')
    const missing = await ask(method(), { headers: [['dpop', 'x']] })
    assert.equal(missing, 'request.credential-missing')
  })
})

describe('dpopProof', () => {
  it('shows the public key and nothing else of it', async () => {
    const { key, jwk } = await testClient()
    const proof = await dpopProof({ key, method: 'GET', url: TARGET, now: NOW })
    const header: unknown = JSON.parse(
      Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString(),
    )
    assert.deepEqual(header, { typ: 'dpop+jwt', alg: 'ES256', jwk: bareJwk(key) })
    assert.ok(!JSON.stringify(header).includes(String(jwk['d'])))
  })

  it('refuses a secret, and a URL that is none', async () => {
    const jwk = { kty: 'oct', k: 'A'.repeat(43), alg: 'HS256' }
    const secret = await importSigningKey({ jwk })
    const { key } = await testClient()
    const rest = { method: 'GET', now: NOW }
    assert.throws(() => dpopProof({ key: secret, url: TARGET, ...rest }), ConfigError)
    assert.throws(() => dpopProof({ key, url: '/orders', ...rest }), ConfigError)
  })
})
