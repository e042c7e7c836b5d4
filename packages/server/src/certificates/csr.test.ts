import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { CSR_ATTACKS } from './attacks.ts'
import { toPem } from './der.ts'
import { isProven, readCsr } from './csr.ts'
import { NO_OPENSSL, OPENSSL_KEYS, opensslRequest } from './testing/openssl.ts'
import { altNames, makeRequest } from './testing/request.ts'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const next = (digit: string): string => DIGITS.charAt(DIGITS.indexOf(digit) + 1)

suite('a request for a certificate', () => {
  for (const { name, csr, error } of CSR_ATTACKS) {
    test(`is refused: ${name}`, () => {
      assert.deepEqual(readCsr(csr()), { ok: false, error })
    })
  }

  test('is decided fast, however it nests', () => {
    const bytes = Buffer.alloc(16_000, Buffer.from([0x30, 0x80]))
    Buffer.from([0x30, 0x82, 0x3e, 0x7c]).copy(bytes)
    const started = performance.now()
    assert.equal(readCsr(bytes).ok, false)
    assert.ok(performance.now() - started < 500)
  })

  test('is proven only by reading it', () => {
    const read = readCsr(makeRequest())
    assert.ok(read.ok)
    assert.equal(isProven(read.value), true)
    assert.equal(isProven({ ...read.value }), false)
  })

  test('tells its wishes and nothing else', () => {
    const extensions = [
      altNames([
        { dNSName: 'a.example' },
        { uniformResourceIdentifier: 'spiffe://x/y' },
        { iPAddress: '::1' },
      ]),
    ]
    const read = readCsr(makeRequest({ extensions, commonName: 'admin' }))
    assert.ok(read.ok)
    assert.deepEqual(read.value.wish, { uris: ['spiffe://x/y'], dns: ['a.example'], others: 1 })
    assert.deepEqual(Object.keys(read.value), ['key', 'wish'])
  })

  test('is refused as PEM that could be written otherwise', () => {
    let der = makeRequest()
    while (der.length % 3 !== 2) der = makeRequest()
    const text = toPem(der, 'CERTIFICATE REQUEST')
    assert.equal(readCsr(text).ok, true)
    // The last digit before the padding has two bits that decode to nothing.
    const other = text.replace(/(.)=\n/, (_, digit: string) => `${next(digit)}=\n`)
    assert.deepEqual(readCsr(other), { ok: false, error: 'malformed' })
  })

  test('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !readCsr(bytes).ok))
    fc.assert(fc.property(fc.string(), (text) => !readCsr(text).ok))
  })

  test('is refused with any one bit flipped', () => {
    const csr = makeRequest({ extensions: [altNames([{ dNSName: 'a.example' }])] })
    for (let bit = 0; bit < csr.length * 8; bit += 1) {
      const copy = Buffer.from(csr)
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.equal(readCsr(copy).ok, false, `bit ${bit}`)
    }
  })
})

suite('a request that OpenSSL made', { skip: NO_OPENSSL }, () => {
  for (const [name, newkey] of Object.entries(OPENSSL_KEYS)) {
    test(`is read with its key and its wishes: ${name}`, () => {
      const names = 'subjectAltName=DNS:a.example,URI:spiffe://example.org/a/service/b'
      const { csr } = opensslRequest(newkey, ['-addext', names])
      const read = readCsr(csr)
      assert.ok(read.ok)
      const uris = ['spiffe://example.org/a/service/b']
      assert.deepEqual(read.value.wish, { uris, dns: ['a.example'], others: 0 })
    })
  }

  test('is read as DER, and without any wish', () => {
    const { csr } = opensslRequest(['ed25519'])
    const der = Buffer.from(csr.replaceAll(/-----.*-----|\s/g, ''), 'base64')
    const read = readCsr(der)
    assert.ok(read.ok)
    assert.deepEqual(read.value.wish, { uris: [], dns: [], others: 0 })
  })

  test('is refused as PEM with anything before, behind or between', () => {
    const { csr } = opensslRequest(['ed25519'])
    for (const text of [
      `x${csr}`,
      `${csr}x`,
      csr + csr,
      csr.replace('\n', '\n!'),
      csr.trim() + '-',
    ]) {
      assert.deepEqual(readCsr(text), { ok: false, error: 'malformed' })
    }
  })
})
