import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  CertificateList,
  Extension,
  RevokedCertificate,
  Time,
  Version,
} from '@peculiar/asn1-x509'
import { parseCrl } from './crl.ts'
import { mintKey } from '../testing/x509/key.ts'
import { mintCrl } from '../testing/x509/crl.ts'

const issuer = { subject: 'root', key: await mintKey() }
const GOOD = await mintCrl({ issuer, thisUpdate: 1000, nextUpdate: 2000 })
const critical = new Extension({
  extnID: '2.5.29.21',
  critical: true,
  extnValue: new OctetString(Uint8Array.of(0x0a, 1, 8)),
})

/** What a list says once it was changed; nobody signs it again, and reading asks nobody to. */
function errorOf(change: (list: CertificateList) => void): string {
  const list = AsnConvert.parse(GOOD, CertificateList)
  change(list)
  const { tbsCertList, signatureAlgorithm, signature } = list
  const changed = new CertificateList({ tbsCertList, signatureAlgorithm, signature })
  const read = parseCrl(new Uint8Array(AsnConvert.serialize(changed)))
  return read.ok ? 'read' : read.error
}

const entry = (crlEntryExtensions: Extension[]): RevokedCertificate =>
  new RevokedCertificate({
    userCertificate: Uint8Array.of(7).buffer,
    revocationDate: new Time(new Date(1_000_000)),
    crlEntryExtensions,
  })

test('a list that is as it was made is read', () => {
  assert.equal(
    errorOf(() => undefined),
    'read',
  )
})

test('a list of version 1, which has no number, is not read', () => {
  assert.equal(
    errorOf(({ tbsCertList }) => (tbsCertList.version = Version.v1)),
    'the CRL is not version 2',
  )
})

test('a list that names two signature algorithms is not read', () => {
  const other = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.3' })
  const named = 'the CRL names two signature algorithms'
  assert.equal(
    errorOf((list) => (list.signatureAlgorithm = other)),
    named,
  )
  assert.equal(
    errorOf(({ tbsCertList }) => (tbsCertList.signature = other)),
    named,
  )
})

test('a list with an extension twice, or one that is critical in an entry, is not read', () => {
  assert.equal(
    errorOf(({ tbsCertList }) => {
      const [number] = tbsCertList.crlExtensions ?? []
      assert(number !== undefined)
      tbsCertList.crlExtensions = [number, number]
    }),
    'an extension of the CRL appears twice',
  )
  assert.equal(
    errorOf(({ tbsCertList }) => (tbsCertList.revokedCertificates = [entry([critical])])),
    'the CRL has a critical extension that is not processed',
  )
})

test('SR-503: a list above 8 MiB is not read', () => {
  const read = parseCrl(new Uint8Array(8 * 1024 * 1024 + 1))
  assert.equal(read.ok ? 'read' : read.error, 'the CRL is larger than 8 MiB')
})
