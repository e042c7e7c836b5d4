import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList } from '@peculiar/asn1-x509'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makeCrl, type CrlRequest } from './crl.ts'
import { toDer } from './der.ts'
import { issued, NOW, testCa } from './testing/authority.ts'
import { NO_OPENSSL, opensslText, opensslVerify } from './testing/openssl.ts'

const ca = await testCa()
const request: CrlRequest = { ca, revoked: [], number: 7, now: NOW, nextUpdateSeconds: 3600 }

suite('a list of revoked certificates', () => {
  test('begins before now for slow clocks and says when the next one is due', async () => {
    const { thisUpdate, nextUpdate } = await makeCrl(request)
    assert.deepEqual([thisUpdate, nextUpdate], [NOW - 60, NOW + 3600])
  })

  test('that is empty has no list in it, as the standard wants', async () => {
    const { crl } = await makeCrl(request)
    const { tbsCertList, tbsCertListRaw: raw = new ArrayBuffer() } = AsnConvert.parse(
      crl,
      CertificateList,
    )
    // Read and written again an empty list would be gone.
    assert.equal(toDer(tbsCertList).equals(new Uint8Array(raw)), true)
  })

  test('begins no earlier than its CA', async () => {
    const { thisUpdate } = await makeCrl({ ...request, now: ca.notBefore + 10 })
    assert.equal(thisUpdate, ca.notBefore)
  })

  const REFUSED: readonly (readonly [string, Partial<CrlRequest>])[] = [
    ['the number 0', { number: 0 }],
    ['a number with a fraction', { number: 1.5 }],
    ['no time until the next', { nextUpdateSeconds: 0 }],
    ['a time in fractions', { nextUpdateSeconds: 0.5 }],
    ['a serial that is no hexadecimal', { revoked: [{ serial: 'xyz', revokedAt: NOW }] }],
    ['a serial of no octet', { revoked: [{ serial: '', revokedAt: NOW }] }],
    ['a negative serial', { revoked: [{ serial: 'FF'.repeat(17), revokedAt: NOW }] }],
  ]
  for (const [name, change] of REFUSED) {
    test(`is refused: ${name}`, async () => {
      await assert.rejects(makeCrl({ ...request, ...change }), { name: 'ConfigError' })
    })
  }
})

suite('a list, as OpenSSL sees it', { skip: NO_OPENSSL }, () => {
  test('refuses the certificates on it and no other', async () => {
    const [bad, good] = await Promise.all([issued(ca), issued(ca)])
    const revoked = [{ serial: bad.serial, revokedAt: NOW, cause: 'keyCompromise' }] as const
    const { pem: crl } = await makeCrl({ ...request, revoked })
    const trust = { now: NOW, root: ca.pem, crl }
    assert.match(opensslVerify(bad.pem, trust), /certificate revoked/)
    assert.equal(opensslVerify(good.pem, trust), 'OK')
  })

  test('is over at its next update', async () => {
    const { pem } = await issued(ca, { ttlSeconds: 86_400 })
    const { pem: crl, nextUpdate } = await makeCrl(request)
    const at = (now: number): string => opensslVerify(pem, { now, root: ca.pem, crl })
    assert.equal(at(nextUpdate - 1), 'OK')
    assert.match(at(nextUpdate + 1), /CRL has expired/)
  })

  test('clears nobody when another CA signed it, under its own name or this one', async () => {
    const { pem } = await issued(ca)
    const other = await testCa()
    for (const forger of [other, { ...other, subject: ca.subject }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other reads better in a failure
      const { pem: crl } = await makeCrl({ ...request, ca: forger })
      assert.notEqual(opensslVerify(pem, { now: NOW, root: ca.pem, crl }), 'OK')
    }
  })

  test('names number, cause and each serial once, with its first revocation', async () => {
    const { serial } = await issued(ca)
    const { pem } = await makeCrl({
      ...request,
      number: 2 ** 40,
      revoked: [
        { serial, revokedAt: NOW, cause: 'superseded' },
        { serial: serial.toLowerCase(), revokedAt: NOW - 500, cause: 'keyCompromise' },
      ],
    })
    const text = opensslText('crl', pem)
    assert.match(text, /CRL Number: *\n\s+(?:1099511627776|0x10000000000)\n/i)
    assert.deepEqual(text.match(/(?<=Serial Number: )\w+/g), [serial])
    assert.match(text, /Key Compromise/)
    assert.doesNotMatch(text, /Superseded/)
    assert.match(text, /X509v3 Authority Key Identifier/)
  })
})
