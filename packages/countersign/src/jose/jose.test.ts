import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import * as node from '../crypto/node.ts'
import * as web from '../crypto/web.ts'
import { ALGORITHM_NAMES, algorithmNamed, type JwsAlgorithm } from './algorithms.ts'
import { parseCompact } from './compact.ts'
import { parseJsonObject } from './json.ts'
import { staticKeySet } from './key-set.ts'
import { checkJwk, importSigningKey, importVerifyKey, type KeyInput } from './keys.ts'

const entry = (name: string): JwsAlgorithm => {
  const found = algorithmNamed(name)
  assert.ok(found)
  return found
}

for (const name of ALGORITHM_NAMES) {
  test(`${name}: both implementations verify what both sign, and refuse any other text`, async () => {
    const algorithm = entry(name)
    const jwk = { ...(await node.generateJwk(algorithm)), alg: name }
    const header = node.encodeBase64url(JSON.stringify({ alg: name }))
    const input = `${header}.${node.encodeBase64url('{"sub":"ü"}')}`
    const verifiers = [
      await node.importVerifier(jwk, algorithm),
      await web.importVerifier(jwk, algorithm),
    ]
    const signers = [
      await node.importSigner(jwk, algorithm),
      await web.importSigner(jwk, algorithm),
    ]
    for (const signer of signers) {
      for (const signature of [await signer.sign(input), await signer.signPooled(input)]) {
        for (const verify of verifiers) {
          assert.equal(await verify(input, signature), true)
          assert.equal(await verify(`${input}A`, signature), false)
          for (const text of ['', 'AA', `${signature}A`, `${signature}=`, ` ${signature}`, 'é'])
            assert.equal(await verify(input, text), false, text)
        }
      }
    }
  })
}

test('a private key verifies as its public part, and generated keys fit their algorithm', async () => {
  for (const name of ALGORITHM_NAMES) {
    for (const seam of [node, web]) {
      const jwk = await seam.generateJwk(entry(name))
      assert.deepEqual(checkJwk(jwk, 'sign', name), { ok: true, value: entry(name) }, name)
    }
  }
})

const pem = (type: 'spki' | 'pkcs8'): string => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return type === 'spki'
    ? publicKey.export({ type, format: 'pem' }).toString()
    : privateKey.export({ type, format: 'pem' }).toString()
}

test('PEM keys are read alike by both implementations', async () => {
  for (const type of ['spki', 'pkcs8'] as const) {
    const text = pem(type)
    const [left, right] = [
      await node.pemToJwk(text, entry('ES256')),
      await web.pemToJwk(text, entry('ES256')),
    ]
    for (const member of ['kty', 'crv', 'x', 'y', 'd']) assert.equal(left[member], right[member])
  }
})

const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const ED = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
const X25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
const RSA1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
  format: 'jwk',
})
const oct = (bytes: number): Readonly<Record<string, unknown>> => ({
  kty: 'oct',
  k: Buffer.alloc(bytes, 7).toString('base64url'),
})

const REFUSED: readonly (readonly [string, KeyInput])[] = [
  ['a public EC key for HMAC', { jwk: { ...P256 }, algorithm: 'HS256' }],
  ['an alg that is not the configured one', { jwk: { ...P256, alg: 'ES256' }, algorithm: 'RS256' }],
  ['a PEM as HMAC secret', { secret: pem('spki'), algorithm: 'HS256' }],
  ['a PEM as bytes of an HMAC secret', { secret: Buffer.from(pem('spki')), algorithm: 'HS256' }],
  ['a JWK as HMAC secret', { secret: JSON.stringify(P256), algorithm: 'HS256' }],
  ['a secret below the hash (SR-045)', { secret: 'x'.repeat(31), algorithm: 'HS256' }],
  ['an oct below the hash (SR-045)', { jwk: oct(47), algorithm: 'HS384' }],
  ['an oct that names no algorithm', { jwk: oct(64) }],
  ['a secret for an asymmetric algorithm', { secret: 'x'.repeat(64), algorithm: 'ES256' }],
  ['RSA below 2048 bits', { jwk: { ...RSA1024 }, algorithm: 'RS256' }],
  ['RSA that names no algorithm', { jwk: { ...RSA1024 } }],
  ['the curve of another algorithm', { jwk: { ...P256 }, algorithm: 'ES384' }],
  ['an exchange key as Ed25519', { jwk: { ...X25519 }, algorithm: 'Ed25519' }],
  ['a point that is not on its curve', { jwk: { ...P256, y: P256.x }, algorithm: 'ES256' }],
  ['an encryption key', { jwk: { ...P256, use: 'enc' } }],
  ['a key whose key_ops do not verify', { jwk: { ...P256, key_ops: ['sign'] } }],
  ['a key_ops that is a text', { jwk: { ...P256, key_ops: 'verify' } }],
  ['alg none', { jwk: { ...P256, alg: 'none' } }],
  ['an algorithm that does not exist', { pem: pem('spki'), algorithm: 'none' }],
  [
    'a PEM that is none',
    { pem: '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----', algorithm: 'ES256' },
  ],
]

for (const [what, input] of REFUSED) {
  test(`refuses to verify with ${what}`, () => {
    assert.throws(() => importVerifyKey(input), {
      name: 'ConfigError',
      code: 'CS_CONFIG_KEY_INVALID',
    })
  })
}

test('an error about a key never quotes it', () => {
  for (const [, input] of REFUSED) {
    const secret =
      'secret' in input ? String(input.secret) : 'jwk' in input ? String(input.jwk['k']) : input.pem
    try {
      void importVerifyKey(input)
    } catch (error) {
      assert.ok(!String(error).includes(secret.slice(0, 40)) || secret === 'undefined')
    }
  }
})

test('a curve implies its algorithm, and EdDSA is Ed25519 by another name', async () => {
  assert.equal((await importVerifyKey({ jwk: { ...P256 } })).algorithm.name, 'ES256')
  assert.equal((await importVerifyKey({ jwk: { ...ED } })).algorithm.identity, 'Ed25519')
  const keys = staticKeySet([{ jwk: { ...ED, kid: 'e', alg: 'EdDSA' } }])
  for (const name of ['EdDSA', 'Ed25519'])
    assert.equal((await keys.find(entry(name), 'e'))?.kid, 'e')
})

test('what is published of a signing key holds nothing private', async () => {
  for (const name of ALGORITHM_NAMES) {
    const jwk = { ...(await node.generateJwk(entry(name))), alg: name, kid: 'k' }
    const { publicJwk } = await importSigningKey({ jwk })
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'])
      assert.equal(publicJwk?.[member], undefined)
    assert.equal(publicJwk?.['alg'], name.startsWith('HS') ? undefined : name)
  }
})

test('a key set finds by kid, and without kid only where there is no choice', async () => {
  const one = { jwk: { ...P256 }, kid: 'one' }
  const two = {
    jwk: {
      ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    },
  }
  const find = async (inputs: readonly KeyInput[], kid?: string): Promise<boolean> =>
    (await staticKeySet(inputs).find(entry('ES256'), kid)) !== undefined
  assert.equal(await find([one], 'one'), true)
  assert.equal(await find([one]), true)
  assert.equal(await find([one], 'other'), false)
  assert.equal(await find([one, { ...two, kid: 'two' }]), false)
  assert.equal(await find([one, two], 'unnamed'), true)
  assert.equal(await find([two], 'any'), true)
  assert.equal((await staticKeySet([one]).find(entry('ES384'), 'one'))?.kid, undefined)
})

test('a key set refuses keys that cannot be told apart, and secrets beside public keys', () => {
  const key = { jwk: { ...P256 }, kid: 'one' }
  const secret = { jwk: oct(32), algorithm: 'HS256' }
  for (const inputs of [[], [key, key], [key, secret]])
    assert.throws(() => staticKeySet(inputs), { code: 'CS_CONFIG_KEY_SET_INVALID' })
})

const JSON_TEXTS: readonly (readonly [string, string])[] = [
  ['{}', 'ok'],
  ['{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"\\":{\\"a\\":"}', 'ok'],
  ['{"a\\\\":1,"a":2}', 'ok'],
  ['{"__proto__":1,"constructor":{"x":1}}', 'ok'],
  ['{"a":1,"a":1}', 'duplicate-member'],
  ['{"a":1,"\\u0061":1}', 'duplicate-member'],
  ['{"b":[{"a":1,"a":2}]}', 'duplicate-member'],
  ['{"__proto__":1,"__proto__":2}', 'duplicate-member'],
  ['{"1":1,"1":2}', 'duplicate-member'],
  [`{"a":${'['.repeat(15)}${']'.repeat(15)}}`, 'ok'],
  [`{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'malformed'],
  ['[]', 'malformed'],
  ['null', 'malformed'],
  ['"a"', 'malformed'],
  ['', 'malformed'],
  ['{"a":1', 'malformed'],
  ['{"a":1}}', 'malformed'],
  ['\ufeff{}', 'malformed'],
]

for (const [text, expected] of JSON_TEXTS) {
  test(`JSON ${text.slice(0, 40)} is ${expected}`, () => {
    const parsed = parseJsonObject(Buffer.from(text))
    assert.equal(parsed.ok ? 'ok' : parsed.error, expected)
  })
}

test('both implementations decode the same texts, and only canonical ones', () => {
  const texts = [
    '',
    'AA',
    'AQ',
    'AB',
    'A',
    'AAA',
    'AAE',
    'AAB',
    'AAAA',
    'AA==',
    'A A',
    '+/',
    '-_8',
    'é',
    '\u0142\u0142',
  ]
  for (const text of texts) {
    const [left, right] = [node.decodeBytes(text), web.decodeBytes(text)]
    assert.deepEqual(left && [...left], right && [...right], text)
    if (left !== undefined) assert.equal(node.encodeBytes(left), text)
  }
  for (const bytes of [
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbf, 0xbd],
    [0xef, 0xbb, 0xbf, 0x7b],
  ])
    assert.equal(node.decodeUtf8(Uint8Array.from(bytes)), web.decodeUtf8(Uint8Array.from(bytes)))
})

test('a header is remembered only by its exact text', () => {
  const header = node.encodeBase64url('{"alg":"ES256"}')
  for (const text of [`${header}..`, `${header}=..`, `${header} ..`])
    assert.equal(parseCompact(text, 100).ok, text === `${header}..`)
})
