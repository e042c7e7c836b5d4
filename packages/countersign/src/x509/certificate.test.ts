import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  Certificate as CertificateSchema,
  SubjectPublicKeyInfo,
  Version,
} from '@peculiar/asn1-x509'
import { construct, isStrong, readPublicKey, signatureNamed } from './algorithms.ts'
import { parseCertificate } from './certificate.ts'
import { mintCertificate } from '../testing/x509/certificate.ts'

/** What a certificate says once it was changed; nobody signs it again, and reading asks nobody to. */
async function errorOf(change: (certificate: CertificateSchema) => void): Promise<string> {
  const { der } = await mintCertificate()
  const certificate = AsnConvert.parse(der, CertificateSchema)
  change(certificate)
  const { tbsCertificate, signatureAlgorithm, signatureValue } = certificate
  const changed = new CertificateSchema({ tbsCertificate, signatureAlgorithm, signatureValue })
  const read = parseCertificate(new Uint8Array(AsnConvert.serialize(changed)))
  return read.ok ? 'read' : read.error
}

test('SR-301: a certificate of another version is not read: it cannot say what it is for', async () => {
  assert.equal(await errorOf(() => undefined), 'read')
  for (const version of [Version.v1, Version.v2]) {
    // oxlint-disable-next-line no-await-in-loop -- a failure names its version
    const error = await errorOf(({ tbsCertificate }) => (tbsCertificate.version = version))
    assert.equal(error, 'the certificate is not version 3')
  }
})

test('a certificate that names two signature algorithms is not read', async () => {
  const other = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.3' })
  const named = 'the certificate names two signature algorithms'
  assert.equal(await errorOf((made) => (made.signatureAlgorithm = other)), named)
  assert.equal(await errorOf((made) => (made.tbsCertificate.signature = other)), named)
})

test('SR-503: a certificate above 16 KiB is not read', async () => {
  const names = Array.from({ length: 800 }, (_, at) => ({ dNSName: `host-${at}.example.com` }))
  const { der } = await mintCertificate({ names })
  assert(der.length > 16_384)
  const read = parseCertificate(der)
  assert.equal(read.ok ? 'read' : read.error, 'the certificate is larger than 16 KiB')
})

const rsaKey = (modulusLength: number): SubjectPublicKeyInfo => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)
}

test('an RSA key has one encoding, under one name', () => {
  const spki = rsaKey(2048)
  assert.deepEqual(readPublicKey(spki), { kind: 'rsa', bits: 2048 })
  const { subjectPublicKey, algorithm } = spki
  // The same key with its length written in a byte too many.
  const bytes = Buffer.from(subjectPublicKey)
  const long = Buffer.concat([bytes.subarray(0, 1), Buffer.from([0x83, 0]), bytes.subarray(2)])
  const again = new SubjectPublicKeyInfo({
    algorithm,
    subjectPublicKey: new Uint8Array(long).buffer,
  })
  assert.equal(readPublicKey(again), undefined)
  for (const [name, parameters] of [
    ['1.2.840.113549.1.1.1', undefined],
    ['1.2.840.113549.1.1.10', algorithm.parameters],
  ] as const) {
    const renamed = new AlgorithmIdentifier({ algorithm: name, parameters: parameters ?? null })
    if (parameters === undefined) delete renamed.parameters
    assert.equal(
      readPublicKey(new SubjectPublicKeyInfo({ algorithm: renamed, subjectPublicKey })),
      undefined,
    )
  }
})

test('an RSA key is neither weak, nor so large that using it is an attack, nor odd', () => {
  const strong = [1024, 2040, 2048, 8192, 8200, 16_384, 2052].filter((bits) =>
    isStrong({ kind: 'rsa', bits }),
  )
  assert.deepEqual(strong, [2048, 8192])
})

test('an algorithm is used with keys of its own kind only', () => {
  const ecdsa = signatureNamed('1.2.840.10045.4.3.2 ')
  const ed25519 = signatureNamed('1.3.101.112 ')
  assert(ecdsa !== undefined && ed25519 !== undefined)
  assert.deepEqual(construct(ecdsa, { kind: 'ec', curve: 'P-256' })?.curve, 'P-256')
  assert.equal(construct(ecdsa, { kind: 'rsa', bits: 2048 }), undefined)
  assert.equal(construct(ecdsa, { kind: 'ed25519' }), undefined)
  assert.equal(construct(ed25519, { kind: 'ec', curve: 'P-256' }), undefined)
})
