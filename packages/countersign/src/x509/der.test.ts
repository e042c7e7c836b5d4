import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OctetString } from '@peculiar/asn1-schema'
import { BasicConstraints, Extension } from '@peculiar/asn1-x509'
import { parseCertificate } from './certificate.ts'
import { decode } from './decode.ts'
import { isDer } from './der.ts'
import { readExtensions } from './extensions.ts'
import { mintCertificate } from '../testing/x509/certificate.ts'

const bytes = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

const REFUSED: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a tag alone', '30'],
  ['a byte after the value', '05 00 00'],
  ['a length beyond the end', '04 02 00'],
  ['the indefinite length', '30 80 05 00 00 00'],
  ['a long length for a short value', '04 81 01 00'],
  ['a length with a leading zero', '04 82 00 80'.concat('00'.repeat(128))],
  ['a tag in the long form', '1f 81 01 00'],
  ['a string in pieces', '24 03 04 01 00'],
  ['a sequence that is primitive', '10 00'],
  ['a truth that is neither 00 nor ff', '01 01 01'],
  ['an integer without bytes', '02 00'],
  ['an integer with a spare zero', '02 02 00 7f'],
  ['an integer with a spare sign', '02 02 ff 80'],
  ['a bit string that counts eight unused bits', '03 02 08 00'],
  ['a bit string with a bit where there is none', '03 02 01 01'],
  ['a NULL with content', '05 01 00'],
  ['an identifier with padding in an arc', '06 03 55 80 01'],
  ['an identifier that ends inside an arc', '06 02 55 81'],
  ['ill-formed UTF-8', '0c 01 ff'],
  ['a PrintableString with an @', '13 01 40'],
  ['an IA5String beyond ASCII', '16 01 80'],
  ['a time without seconds', '17 0b 3236303130313030 30305a'],
  ['a time with a zone', `17 11 ${Buffer.from('260101000000+0100').toString('hex')}`],
  ['a general time with fractions', `18 11 ${Buffer.from('20260101000000.5Z').toString('hex')}`],
  ['a set out of order', '31 06 02 01 02 02 01 01'],
  ['a set with a value twice', '31 06 02 01 01 02 01 01'],
  ['a universal type that X.509 does not have', '09 01 00'],
]

for (const [name, hex] of REFUSED) {
  test(`${name} is not DER`, () => assert.equal(isDer(bytes(hex)), false))
}

test('DER is DER', () => {
  for (const hex of ['05 00', '02 01 00', '02 02 00 80', '03 01 00', '03 02 01 80', '30 00']) {
    assert.equal(isDer(bytes(hex)), true, hex)
  }
})

test('nesting and the number of values are bounded', () => {
  let nested = bytes('05 00')
  for (let depth = 0; depth < 40; depth += 1) {
    nested = Uint8Array.of(0x30, nested.length, ...nested)
  }
  assert.equal(isDer(nested), false)
  assert.equal(isDer(bytes(`30 06 ${'0500'.repeat(3)}`), 3), false)
  assert.equal(isDer(bytes(`30 06 ${'0500'.repeat(3)}`), 4), true)
})

test('a structure with a default spelled out, or with more than its schema, is not read', () => {
  assert.notEqual(decode(BasicConstraints, bytes('30 03 01 01 ff')), undefined)
  assert.equal(decode(BasicConstraints, bytes('30 03 01 01 00')), undefined)
  assert.equal(decode(BasicConstraints, bytes('30 05 01 01 ff 05 00')), undefined)
  assert.equal(decode(BasicConstraints, bytes('30 08 01 01 ff 02 01 00 05 00')), undefined)
})

test('a certificate with a byte before, after, or missing is not read', async () => {
  const { der } = await mintCertificate()
  assert.ok(parseCertificate(der).ok)
  assert.ok(!parseCertificate(Uint8Array.of(...der, 0)).ok)
  assert.ok(!parseCertificate(Uint8Array.of(0, ...der)).ok)
  for (let length = 0; length < der.length; length += 7) {
    assert.ok(!parseCertificate(der.subarray(0, length)).ok)
  }
})

test('a certificate with an extension twice, or a serial number of zero, is not read', async () => {
  const twice = { id: '1.2.3.4', critical: false, value: bytes('05 00') }
  for (const plan of [
    { more: [twice, twice] },
    { serial: bytes('00') },
    { serial: bytes('ff') },
    { serial: new Uint8Array(22).fill(1) },
  ]) {
    assert.ok(!parseCertificate((await mintCertificate(plan)).der).ok)
  }
})

test('a name that its form does not allow is not read', async () => {
  for (const name of [
    { dNSName: '8.8.8.8' },
    { dNSName: '.example.com' },
    { dNSName: 'a_b.example.com' },
    { dNSName: 'a.*.example.com' },
    { dNSName: '' },
    { dNSName: 'a.example.com\0.evil.example' },
    { uniformResourceIdentifier: 'relative' },
    { uniformResourceIdentifier: 'spiffe://a.b/c d' },
    { rfc822Name: 'a@b@example.com' },
    { rfc822Name: 'example.com' },
    { iPAddress: '10.0.0.0/8' },
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other names the form
    const { der } = await mintCertificate({ names: [name] })
    assert.ok(!parseCertificate(der).ok, JSON.stringify(name))
  }
})

test('an extension that says nothing, or what makes no sense, is not read', () => {
  for (const [extnID, hex] of [
    ['2.5.29.15', '03 02 07 00'],
    ['2.5.29.17', '30 00'],
    ['2.5.29.19', '30 03 02 01 00'],
    ['2.5.29.19', '30 06 01 01 ff 02 01 ff'],
    ['2.5.29.30', '30 00'],
    ['2.5.29.30', '30 0c a0 0a 30 08 82 03 61 2e 62 80 01 01'],
    ['2.5.29.30', '30 0c a0 0a 30 08 82 03 61 2e 62 81 01 01'],
    ['2.5.29.37', '30 00'],
  ] as const) {
    const extnValue = new OctetString(bytes(hex))
    assert.ok(!readExtensions([new Extension({ extnID, extnValue })]).ok, `${extnID} ${hex}`)
  }
})
