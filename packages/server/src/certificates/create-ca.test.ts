import assert from 'node:assert/strict'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  BasicConstraints,
  Certificate,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_basicConstraints,
  id_ce_nameConstraints,
  NameConstraints,
  type Extension,
} from '@peculiar/asn1-x509'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import { suite, test } from 'node:test'
import { openCa, type CertificateAuthority, type StoredCa } from './authority.ts'
import { createCa, type CaRequest } from './create-ca.ts'
import { extension } from './der.ts'
import type { CertificateIdentity } from './names.ts'
import { signCertificate } from './sign.ts'
import { issued, NOW, testCa } from './testing/authority.ts'
import { NO_OPENSSL, opensslText, opensslVerify } from './testing/openssl.ts'

const request: CaRequest = {
  name: 'CA',
  trustDomain: 'example.org',
  now: NOW,
  lifetimeSeconds: 30 * 86_400,
}
const root = await testCa({ pathLength: 1 })

const REFUSED: readonly (readonly [string, Partial<CaRequest>])[] = [
  ['a trust domain with a path', { trustDomain: 'example.org/a' }],
  ['a trust domain in upper case', { trustDomain: 'Example.org' }],
  ['a wildcard domain', { dnsDomains: ['*.example.org'] }],
  ['every domain', { dnsDomains: [''] }],
  ['a name with a control character', { name: 'a\nb' }],
  ['a life shorter than a certificate', { lifetimeSeconds: 3600 }],
  ['a parent that may not sign a CA', { parent: await testCa() }],
  ['a parent of another trust domain', { parent: root, trustDomain: 'other.example' }],
  ['a domain that the parent may not certify', { parent: root, dnsDomains: ['other.example'] }],
  ['a CA that could go on as the parent could', { parent: root, pathLength: 1 }],
  ['a parent that has not begun', { parent: root, now: root.notBefore - 1 }],
  ['a parent that is over', { parent: root, now: root.notAfter }],
]

/** A CA whose own idea of its names is wider than what its certificate says: a stolen key. */
const lawless = (ca: CertificateAuthority): CertificateAuthority => ({
  ...ca,
  trustDomain: 'other.example',
  dnsDomains: ['other.example', 'example.org'],
})

/** The CA certificate as somebody else might have signed it, with another extension in its place. */
async function altered(stored: StoredCa, other: Extension): Promise<Uint8Array> {
  const { tbsCertificate: tbs } = AsnConvert.parse(stored.certificate, Certificate)
  const kept = (tbs.extensions ?? []).filter(({ extnID }) => extnID !== other.extnID)
  tbs.extensions = new Extensions([...kept, other])
  return signCertificate(tbs, createPrivateKey(stored.privateKey.reveal()))
}

function constrainedTo(...hosts: readonly string[]): Extension {
  const names = hosts.map((host) => new GeneralName({ uniformResourceIdentifier: host }))
  const subtrees = names.map((base) => new GeneralSubtree({ base }))
  const permittedSubtrees = new GeneralSubtrees(subtrees)
  return extension(id_ce_nameConstraints, new NameConstraints({ permittedSubtrees }), true)
}

const subjectOf = (der: Uint8Array): string => new X509Certificate(der).subject

suite('making a CA', () => {
  for (const [name, change] of REFUSED) {
    test(`is refused: ${name}`, async () => {
      await assert.rejects(createCa({ ...request, ...change }), { name: 'ConfigError' })
    })
  }

  test('gives a certificate that says what it may', async () => {
    const ca = openCa(await createCa(request))
    assert.deepEqual([ca.trustDomain, ca.dnsDomains, ca.pathLength], ['example.org', [], 0])
    assert.deepEqual([ca.notBefore, ca.notAfter], [NOW - 60, NOW + 30 * 86_400])
    const read = new X509Certificate(ca.certificate)
    assert.equal(read.ca, true)
    assert.equal(read.checkIssued(read), true)
  })

  test('never gives two the same subject', async () => {
    const [one, two] = await Promise.all([createCa(request), createCa(request)])
    assert.notEqual(subjectOf(one.certificate), subjectOf(two.certificate))
  })

  test('lets nobody print the private key', async () => {
    const stored = await createCa(request)
    const pem = stored.privateKey.reveal()
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----/)
    const secret = pem.split('\n')[1] ?? ''
    for (const value of [stored, openCa(stored)]) {
      assert.equal(inspect(value, { depth: 9 }).includes(secret), false)
      assert.equal(JSON.stringify(value).includes(secret), false)
    }
  })

  test('opens only with the key of the certificate', async () => {
    const [one, two] = await Promise.all([createCa(request), createCa(request)])
    const mixed = { certificate: one.certificate, privateKey: two.privateKey }
    assert.throws(() => openCa(mixed), { name: 'ConfigError' })
  })

  test('under a parent begins no earlier and ends no later than the parent', async () => {
    const early = await testCa({ parent: root, now: root.notBefore + 10 })
    assert.equal(early.notBefore, root.notBefore)
    const ca = await testCa({ parent: root, lifetimeSeconds: 999 * 86_400 })
    assert.equal(ca.notAfter, root.notAfter)
  })

  const FOREIGN: readonly (readonly [string, Extension])[] = [
    ['that is no CA', extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true)],
    ['without a trust domain', constrainedTo()],
    ['with two trust domains', constrainedTo('example.org', 'other.example')],
  ]
  for (const [name, other] of FOREIGN) {
    test(`does not open a certificate ${name}`, async () => {
      const stored = await createCa(request)
      const certificate = await altered(stored, other)
      assert.throws(() => openCa({ ...stored, certificate }), { name: 'ConfigError' })
    })
  }
})

suite('a CA, as OpenSSL sees it', { skip: NO_OPENSSL }, () => {
  test('stands below its parent', async () => {
    const ca = await testCa({ parent: root })
    const { pem } = await issued(ca)
    const trust = { now: NOW, root: root.pem, intermediate: ca.pem }
    assert.equal(opensslVerify(pem, trust), 'OK')
  })

  test('says what it says critically', async () => {
    const text = opensslText('x509', (await testCa()).pem)
    assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign\n/)
    assert.match(text, /Name Constraints: critical\s+Permitted:\s+URI:example\.org/)
    // Addresses are nobody's to certify; IPv4 and IPv6, all of them.
    assert.match(
      text,
      /Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0/,
    )
  })

  const OUTSIDE: readonly (readonly [string, CertificateIdentity])[] = [
    ['a workload of another trust domain', { spiffe: 'spiffe://other.example/a', dns: [] }],
    ['a host of another domain', { dns: ['a.other.example'] }],
  ]
  for (const [name, identity] of OUTSIDE) {
    test(`cannot vouch, even with its key stolen, for ${name}`, async () => {
      const ca = await testCa()
      const { pem } = await issued(lawless(ca), { identity })
      assert.match(opensslVerify(pem, { now: NOW, root: ca.pem }), /permitted subtree violation/)
    })
  }

  test('without domains cannot vouch for any host', async () => {
    const ca = await testCa({ dnsDomains: [] })
    const { pem } = await issued(lawless(ca), { identity: { dns: ['a.example.org'] } })
    assert.match(opensslVerify(pem, { now: NOW, root: ca.pem }), /excluded subtree violation/)
  })

  test('with path length 0 has no CA below it', async () => {
    const ca = await testCa()
    const below = await testCa({ parent: { ...ca, pathLength: 1 } })
    const { pem } = await issued(below)
    const trust = { now: NOW, root: ca.pem, intermediate: below.pem }
    assert.match(opensslVerify(pem, trust), /path length constraint exceeded/)
  })
})
