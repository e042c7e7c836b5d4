import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compactVerify, importJWK } from 'jose'
import * as node from '../crypto/node.ts'
import { publicPart } from '../crypto/public-part.ts'
import type { Jwk, SignatureMaker, SignatureVerifier } from '../crypto/seam.ts'
import * as web from '../crypto/web.ts'
import { jwtPolicy } from '../methods/jwt/options.ts'
import { verifyJwt } from '../methods/jwt/verify.ts'
import { algorithmNamed, type JwsAlgorithm } from './algorithms.ts'
import { parseCompact, parsePayload } from './compact.ts'
import { parseJsonObject } from './json.ts'
import { staticKeySet } from './key-set.ts'

interface Subject {
  readonly algorithm: JwsAlgorithm
  readonly jwk: Jwk
  readonly onNode: SignatureVerifier
  readonly onWeb: SignatureVerifier
  readonly signer: SignatureMaker
}

const subjects: Subject[] = []
for (const name of ['HS256', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519']) {
  const algorithm = algorithmNamed(name)
  assert.ok(algorithm)
  const jwk = { ...(await node.generateJwk(algorithm)), alg: name, kid: 'k' }
  subjects.push({
    algorithm,
    jwk,
    onNode: await node.importVerifier(jwk, algorithm),
    onWeb: await web.importVerifier(jwk, algorithm),
    signer: await node.importSigner(jwk, algorithm),
  })
}

const subject = fc.constantFrom(...subjects)
const claims = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
const RUNS = { numRuns: 150 }

async function tokenOf({ algorithm, signer }: Subject, payload: unknown): Promise<string> {
  const header = node.encodeBase64url(JSON.stringify({ alg: algorithm.name, kid: 'k' }))
  const input = `${header}.${node.encodeBase64url(JSON.stringify(payload))}`
  return `${input}.${await signer.sign(input)}`
}

/** What this library makes of a token, on one runtime's primitives. */
async function accepts(verify: SignatureVerifier, token: string): Promise<boolean> {
  const parsed = parseCompact(token, 100_000)
  if (!parsed.ok || !parsePayload(parsed.value.payload).ok) return false
  return verify(parsed.value.input, parsed.value.signature)
}

/** What jose makes of it, with the public part of the key. */
async function joseAccepts({ jwk, algorithm }: Subject, token: string): Promise<boolean> {
  const key = await importJWK({ ...publicPart(jwk) }, algorithm.name)
  return compactVerify(token, key, { algorithms: [algorithm.name] }).then(
    () => true,
    () => false,
  )
}

test('what was signed is accepted by node, by web and by jose', async () => {
  await fc.assert(
    fc.asyncProperty(subject, claims, async (one, payload) => {
      const token = await tokenOf(one, payload)
      assert.equal(await accepts(one.onNode, token), true)
      assert.equal(await accepts(one.onWeb, token), true)
      assert.equal(await joseAccepts(one, token), true)
    }),
    RUNS,
  )
})

test('one flipped bit anywhere in a token is refused', async () => {
  await fc.assert(
    fc.asyncProperty(subject, claims, fc.nat(), fc.nat(6), async (one, payload, place, bit) => {
      const token = await tokenOf(one, payload)
      const at = place % token.length
      const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit))
      const forged = token.slice(0, at) + flipped + token.slice(at + 1)
      assert.equal(await accepts(one.onNode, forged), false)
      assert.equal(await accepts(one.onWeb, forged), false)
    }),
    RUNS,
  )
})

/** A good token with something done to it, or noise that looks like one. */
const mutation = fc.oneof(
  fc.record({ at: fc.nat(), remove: fc.nat(3), insert: fc.string({ maxLength: 3 }) }),
  fc.record({
    at: fc.nat(),
    remove: fc.constant(0),
    insert: fc.constantFrom('=', ' ', '.', '\n', '+', 'A'),
  }),
)

test('node and web agree on every mutation, and jose accepts whatever they accept', async () => {
  await fc.assert(
    fc.asyncProperty(subject, claims, mutation, async (one, payload, { at, remove, insert }) => {
      const token = await tokenOf(one, payload)
      const place = at % (token.length + 1)
      const forged = token.slice(0, place) + insert + token.slice(place + remove)
      const verdict = await accepts(one.onNode, forged)
      assert.equal(await accepts(one.onWeb, forged), verdict)
      if (verdict) assert.equal(await joseAccepts(one, forged), true)
      if (verdict) assert.equal(forged, token)
    }),
    RUNS,
  )
})

test('node and web agree on every signature of the right length', async () => {
  await fc.assert(
    fc.asyncProperty(
      subject,
      fc.infiniteStream(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
      async (one, bytes) => {
        const token = await tokenOf(one, {})
        const dot = token.lastIndexOf('.')
        const length = node.decodeBytes(token.slice(dot + 1))?.length ?? 0
        const signature = node.encodeBytes(Uint8Array.from({ length }, () => bytes.next().value))
        const verdict = await one.onNode(token.slice(0, dot), signature)
        assert.equal(await one.onWeb(token.slice(0, dot), signature), verdict)
      },
    ),
    RUNS,
  )
})

test('ECDSA signatures survive the way through DER, whatever r and s start with', async () => {
  const ecdsa = subjects.filter(({ algorithm }) => algorithm.family === 'ecdsa')
  for (const one of ecdsa) {
    for (let round = 0; round < 200; round += 1) {
      const signature = await one.signer.sign(`a.${round}`)
      assert.equal(await one.onNode(`a.${round}`, signature), true)
    }
  }
})

test('parsing never throws on any text or bytes, and verifying never does', async () => {
  const [one] = subjects
  assert.ok(one)
  const keys = staticKeySet([{ jwk: one.jwk }])
  const policy = jwtPolicy({ issuer: 'i', audience: 'a', algorithms: ['HS256'], keys })
  const part = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => node.encodeBase64url(JSON.stringify(value))),
    fc.uint8Array().map((bytes) => node.encodeBytes(bytes)),
    fc.constant(node.encodeBase64url('{"alg":"HS256","kid":"k"}')),
    fc.constant(node.encodeBase64url('{"iss":"i","aud":"a"}')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const verdict = await verifyJwt(parts.join('.'), policy, 0)
      assert.equal(verdict.outcome, 'rejected')
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      parseJsonObject(bytes)
    }),
    { numRuns: 2000 },
  )
})

test('a JSON object passes exactly when no member is written twice', () => {
  fc.assert(
    fc.property(claims, fc.boolean(), (payload, again) => {
      const text = JSON.stringify(payload)
      const [name] = Object.keys(payload)
      const twice = again && name !== undefined
      const written = twice ? `{${JSON.stringify(name)}:0,${text.slice(1)}` : text
      const parsed = parseJsonObject(Buffer.from(written))
      assert.equal(parsed.ok, !twice)
      if (parsed.ok) assert.equal(JSON.stringify(parsed.value), text)
    }),
    { numRuns: 1000 },
  )
})
