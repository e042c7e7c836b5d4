import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import { makeCrl } from './crl.ts'
import { issueCertificate, type IssueRequest } from './issue.ts'
import { issued, NOW, proven, SPIFFE_ID, testCa } from './testing/authority.ts'
import {
  NO_OPENSSL,
  OPENSSL_KEYS,
  opensslRequest,
  opensslText,
  opensslVerify,
} from './testing/openssl.ts'

const ca = await testCa()
const request: IssueRequest = {
  ca,
  csr: proven(),
  identity: { spiffe: SPIFFE_ID, dns: [] },
  ttlSeconds: 3600,
  now: NOW,
}

const REFUSED: readonly (readonly [string, Partial<IssueRequest>, string])[] = [
  ['a life over 24 h', { ttlSeconds: 86_401 }, 'ttl'],
  ['a life too short to renew', { ttlSeconds: 59 }, 'ttl'],
  ['a life in fractions', { ttlSeconds: 3600.5 }, 'ttl'],
  ['a life that is no number', { ttlSeconds: Number.NaN }, 'ttl'],
  ['a life without end', { ttlSeconds: Infinity }, 'ttl'],
  ['a time that is no number', { now: Number.NaN }, 'ttl'],
  ['no name at all', { identity: { dns: [] } }, 'names'],
  ['a wildcard', { identity: { dns: ['*.example.org'] } }, 'names'],
  ['a host with a name behind it', { identity: { dns: ['a.example.org, URI:x'] } }, 'names'],
  [
    'an id that is no SPIFFE ID',
    { identity: { spiffe: 'https://example.org/a', dns: [] } },
    'names',
  ],
  ['too many names', { identity: { dns: Array<string>(17).fill('a.example.org') } }, 'names'],
  [
    'another trust domain',
    { identity: { spiffe: 'spiffe://other.example/a', dns: [] } },
    'outside-ca',
  ],
  [
    'a trust domain below',
    { identity: { spiffe: 'spiffe://a.example.org/a', dns: [] } },
    'outside-ca',
  ],
  ['a host elsewhere', { identity: { dns: ['a.other.example'] } }, 'outside-ca'],
  ['a host that ends alike', { identity: { dns: ['evilexample.org'] } }, 'outside-ca'],
  ['a CA that has not begun', { now: ca.notBefore - 1 }, 'ca-not-valid'],
  ['a CA in its last seconds', { now: ca.notAfter - 59 }, 'ca-not-valid'],
]

suite('issuing a certificate', () => {
  for (const [name, change, error] of REFUSED) {
    test(`is refused: ${name}`, async () => {
      assert.deepEqual(await issueCertificate({ ...request, ...change }), { ok: false, error })
    })
  }

  test('needs a request that was read, not one that looks like it', async () => {
    const csr = { ...request.csr }
    await assert.rejects(issueCertificate({ ...request, csr }), TypeError)
  })

  test('spans no more than 24 h, and begins before now for slow clocks', async () => {
    const { notBefore, notAfter } = await issued(ca, { ttlSeconds: 86_400 })
    assert.deepEqual([notBefore, notAfter - notBefore], [NOW - 60, 86_400])
    const short = await issued(ca, { ttlSeconds: 600 })
    assert.equal(short.notAfter, NOW + 600)
  })

  test('begins no earlier than its CA', async () => {
    const now = ca.notBefore + 10
    assert.equal((await issued(ca, { now })).notBefore, ca.notBefore)
  })

  test('ends no later than its CA', async () => {
    const now = ca.notAfter - 1000
    assert.equal((await issued(ca, { now, ttlSeconds: 86_400 })).notAfter, ca.notAfter)
  })

  test('is no CA, for both ends, with the names of policy and no other', async () => {
    const identity = { spiffe: SPIFFE_ID, dns: ['svc.example.org'] }
    const { certificate, serial, thumbprint } = await issued(ca, { identity })
    const read = new X509Certificate(certificate)
    assert.equal(read.ca, false)
    assert.equal(read.subject, undefined)
    assert.equal(read.subjectAltName, `URI:${SPIFFE_ID}, DNS:svc.example.org`)
    assert.deepEqual(read.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'])
    assert.equal(read.serialNumber, serial)
    const hex = Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase()
    assert.equal(read.fingerprint256.replaceAll(':', ''), hex)
    assert.equal(read.verify(new X509Certificate(ca.certificate).publicKey), true)
  })

  test('has a serial of 128 random bits, never the same', async () => {
    const serials = await Promise.all(
      Array.from({ length: 50 }, async () => (await issued(ca, { csr: request.csr })).serial),
    )
    assert.equal(new Set(serials).size, 50)
    for (const serial of serials) assert.match(serial, /^01[0-9A-F]{32}$/)
  })
})

suite('an issued certificate, as OpenSSL sees it', { skip: NO_OPENSSL }, () => {
  for (const [name, newkey] of Object.entries(OPENSSL_KEYS)) {
    test(`is good for clients and servers, with a list: ${name}`, async () => {
      const { pem } = await issued(ca, { csr: proven(opensslRequest(newkey).csr) })
      const { pem: crl } = await makeCrl({
        ca,
        revoked: [],
        number: 1,
        now: NOW,
        nextUpdateSeconds: 600,
      })
      for (const purpose of ['sslclient', 'sslserver'] as const) {
        assert.equal(opensslVerify(pem, { now: NOW, root: ca.pem, crl, purpose }), 'OK')
      }
    })
  }

  test('says what it says critically', async () => {
    const { pem } = await issued(ca)
    const text = opensslText('x509', pem)
    assert.match(text, /Basic Constraints: critical\s+CA:FALSE/)
    assert.match(text, /Key Usage: critical\s+Digital Signature\n/)
    assert.match(text, /Extended Key Usage: *\n\s+TLS Web Client Authentication, TLS Web Server/)
    assert.match(text, /Subject Alternative Name: critical\s+URI:spiffe:\/\/example\.org/)
    assert.match(text, /Subject Key Identifier: *\n/)
    assert.match(text, /Authority Key Identifier: *\n/)
    assert.doesNotMatch(text, /admin/)
  })

  test('is over when it is over, and not begun before it began', async () => {
    const { pem, notBefore, notAfter } = await issued(ca)
    const at = (now: number): string => opensslVerify(pem, { now, root: ca.pem })
    assert.equal(at(notBefore), 'OK')
    // The standard counts the last second in, OpenSSL does not.
    assert.equal(at(notAfter - 1), 'OK')
    assert.match(at(notBefore - 1), /not yet valid/)
    assert.match(at(notAfter + 1), /has expired/)
  })
})
