import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { verifyWithSpki as onNode } from './node-certificate.ts'
import type { CertificateSignature, SignedBytes } from './seam.ts'
import { verifyWithSpki as onWeb } from './web-certificate.ts'

/** Both implementations decide the same, on good signatures and on every way to break one. */

const data = new TextEncoder().encode('to be signed')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string): ReturnType<typeof generateKeyPairSync> =>
  generateKeyPairSync('ec', { namedCurve })

const construction = (
  family: CertificateSignature['family'],
  hashBits: CertificateSignature['hashBits'],
  curve?: CertificateSignature['curve'],
): CertificateSignature => ({ family, hashBits, curve })

const pss = (key: KeyObject): Parameters<typeof sign>[2] => ({
  key,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
})

const PAIRS: readonly (readonly [CertificateSignature, ReturnType<typeof generateKeyPairSync>])[] =
  [
    [construction('rsa-pkcs1', 256), rsa],
    [construction('rsa-pkcs1', 512), rsa],
    [construction('rsa-pss', 256), rsa],
    [construction('rsa-pss', 384), rsa],
    [construction('ecdsa', 256, 'P-256'), ec('P-256')],
    [construction('ecdsa', 384, 'P-256'), ec('P-256')],
    [construction('ecdsa', 256, 'P-384'), ec('P-384')],
    [construction('ecdsa', 512, 'P-521'), ec('P-521')],
    [construction('ed25519', undefined), generateKeyPairSync('ed25519')],
  ]

/** The signature broken in ways that a lenient reader forgives. */
const brokenFrom = ({ data: covered, signature }: SignedBytes): readonly SignedBytes[] => [
  { data: covered.with(0, 0), signature },
  { data: covered, signature: signature.with(signature.length - 1, (signature.at(-1) ?? 0) ^ 1) },
  { data: covered, signature: signature.with(0, (signature[0] ?? 0) ^ 0x80) },
  { data: covered, signature: signature.subarray(1) },
  { data: covered, signature: signature.subarray(0, -1) },
  { data: covered, signature: Uint8Array.of(...signature, 0) },
  { data: covered, signature: new Uint8Array() },
]

for (const [how, { privateKey, publicKey }] of PAIRS) {
  const name = [how.family, how.hashBits, how.curve].join(' ')
  test(`${name}: Node and WebCrypto take the signature, and none of the broken ones`, async () => {
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
    const digest = how.hashBits === undefined ? null : `sha${how.hashBits}`
    const key = how.family === 'rsa-pss' ? pss(privateKey) : privateKey
    const signed = { data, signature: new Uint8Array(sign(digest, data, key)) }
    assert.equal(await onNode(spki, how, signed), true)
    assert.equal(await onWeb(spki, how, signed), true)
    for (const broken of brokenFrom(signed)) {
      assert.equal(await onNode(spki, how, broken), false)
      assert.equal(await onWeb(spki, how, broken), false)
    }
    assert.equal(await onNode(spki.subarray(1), how, signed), false)
    assert.equal(await onWeb(spki.subarray(1), how, signed), false)
  })
}

test('an ECDSA signature has one encoding, on both', async () => {
  const how = construction('ecdsa', 256, 'P-256')
  const { privateKey, publicKey } = ec('P-256')
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  const signature = new Uint8Array(sign('sha256', data, privateKey))
  // The long form of a length that fits the short one: BER, and no DER.
  const long = Uint8Array.of(0x30, 0x81, ...signature.subarray(1))
  for (const verify of [onNode, onWeb]) {
    assert.equal(await verify(spki, how, { data, signature: long }), false)
  }
})
