import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { Trace } from '../../core/trace.ts'
import { ABSENT, rejected } from '../../core/verdict.ts'
import { importSigningKey } from '../../jose/keys.ts'
import { requestView } from '../../testing/request.ts'
import { generateSigningJwk } from '../jwt/sign.ts'
import { bareJwk, proofForger } from './forge.ts'
import { rollingNonces } from './nonces.ts'
import { dpopProof } from './sign.ts'
import { parseTargetUri } from './target-uri.ts'
import { dpop } from './verify.ts'

const NOW = 1_795_499_200
const url = 'https://api.example.test/'

/** Says that the proof was good: nothing else of the token matters here. */
const inner: Method = {
  name: 'jwt',
  challenge: { scheme: 'Bearer' },
  locate: ({ authorization }) => (authorization === undefined ? undefined : 'authorization'),
  verify: ({ proven }) => (proven === undefined ? ABSENT : rejected('jwt.expired')),
}
const nonces = rollingNonces({ secret: new Uint8Array(32) })
const open = { replay: memoryReplay(), algorithms: ['ES256', 'RS256', 'Ed25519', 'ML-DSA-44'] }
const [bare, careful] = [dpop(inner, open), dpop(inner, { ...open, nonces })]

const attempt = (proofs: readonly string[], target = '/'): Attempt => ({
  view: requestView({ target, headers: proofs.map((proof) => ['dpop', proof] as const) }),
  authorization: { scheme: 'dpop', value: 'token' },
  scheme: 'https',
  clientAddress: undefined,
  now: NOW,
  trace: new Trace(),
})

async function reasonOf(method: Method, made: Attempt): Promise<string> {
  const verdict = await method.verify(made)
  return verdict.outcome === 'rejected' ? verdict.reason : verdict.outcome
}

// oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
const jwk = await generateSigningJwk('ES256')
const key = await importSigningKey({ jwk })
const forge = await proofForger({
  key,
  privateJwk: jwk,
  accessToken: 'token',
  otherToken: 'other',
  unboundToken: 'unbound',
  bindingReason: 'jwt.binding-unproven',
  url,
  now: NOW,
  maxAgeSeconds: 60,
  clockToleranceSeconds: 5,
})
const members = fc.dictionary(
  fc.constantFrom('typ', 'alg', 'jwk', 'jti', 'htm', 'htu', 'iat', 'ath', 'nonce', '__proto__'),
  fc.oneof(fc.jsonValue(), fc.constantFrom('dpop+jwt', 'ES256', 'GET', url, NOW)),
)

test('no text in the DPoP field throws, and none is a proof', async () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), {
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(texts, async (proofs) => {
      for (const method of [bare, careful]) {
        assert.match(await reasonOf(method, attempt(proofs)), /^dpop\./)
      }
    }),
  )
})

test('no header and claims throw, signed or not, and only good ones are a proof', async () => {
  await fc.assert(
    fc.asyncProperty(members, members, async (header, claims) => {
      const proof = await forge.proof({ header, claims })
      assert.match(await reasonOf(bare, attempt([proof])), /^dpop\.|^jwt\.expired$/)
      assert.match(await reasonOf(careful, attempt([proof])), /^dpop\./)
    }),
  )
})

test('no jwk throws, and none but the key that signed verifies', async () => {
  const names = fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'k', 'pub', 'alg', 'use')
  const values = fc.oneof(
    fc.jsonValue(),
    fc.base64String(),
    fc.constantFrom('EC', 'OKP', 'RSA', 'AKP', 'oct', 'P-256', 'Ed25519', 'AQAB', ''),
  )
  const own = bareJwk(key)
  const algorithms = fc.constantFrom(...open.algorithms)
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(names, values),
      fc.boolean(),
      algorithms,
      async (any, on, alg) => {
        const proof = await forge.proof({ header: { jwk: on ? { ...own, ...any } : any, alg } })
        const reason = await reasonOf(bare, attempt([proof]))
        const same =
          alg === 'ES256' && on && ['kty', 'crv', 'x', 'y'].every((name) => !(name in any))
        if (!same) assert.match(reason, /^dpop\.(?:key|signature)-invalid$/)
        else assert.match(reason, /^dpop\.key-invalid$|^jwt\.expired$/)
      },
    ),
  )
})

test('what a client signs for a URL is good for that URL, whatever the query', async () => {
  const segment = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '-', '~', '%', ' ', 'é', '/', '.', '|'),
  })
  await fc.assert(
    fc.asyncProperty(segment, fc.webQueryParameters(), async (path, query) => {
      const target = new URL(`${url}${path.replaceAll('%', '%25')}?${query}`)
      const proof = await dpopProof({
        key,
        method: 'GET',
        url: target.href,
        accessToken: 'token',
        now: NOW,
      })
      const made = attempt([proof], `${target.pathname}${target.search}`)
      assert.equal(await reasonOf(bare, made), 'jwt.expired')
    }),
  )
})

test('the normal form of a URI is its own normal form, and no text throws', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.string().map((rest) => `HTTPS://Host:443/${rest}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseTargetUri(text)
      if (parsed === undefined) return
      assert.deepEqual(parseTargetUri(`${parsed.origin}${parsed.path}`), parsed)
    }),
  )
})
