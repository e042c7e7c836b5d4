import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import { UnavailableError } from '../../core/errors.ts'
import {
  mintTestCertificate,
  mintTestCrl,
  type TestCertificate,
} from '../../testing/mint-certificate.ts'
import { thumbprintOf, type Denial } from './denial.ts'
import { TrustStore } from './trust.ts'
import { vouchedCertificate } from './vouch.ts'

const NOW = 1_790_000_000
const DOMAIN = 'corp.example'

let root: TestCertificate
let other: TestCertificate
let between: TestCertificate
let leaf: TestCertificate

before(async () => {
  root = await mintTestCertificate({ ca: true, name: 'root', now: NOW })
  other = await mintTestCertificate({ ca: true, name: 'other', now: NOW })
  between = await mintTestCertificate({ ca: true, issuer: root, name: 'between', now: NOW })
  leaf = await mintTestCertificate({
    issuer: between,
    dnsNames: ['billing.example'],
    uris: ['https://billing.example/'],
    now: NOW,
  })
})

const bundle = (ca: TestCertificate, trustDomain = DOMAIN) => ({
  trustDomain,
  anchors: [{ name: 'ca', certificate: ca.der, state: 'active' as const }],
})

const ask = (
  certificate: TestCertificate,
  trust: TrustStore,
  chain: readonly TestCertificate[] = [between],
  now = NOW,
) => vouchedCertificate(trust, { der: certificate.der, chain: chain.map(({ der }) => der) }, now)

const errorOf = async (...asked: Parameters<typeof ask>): Promise<string | undefined> => {
  const vouched = await ask(...asked)
  return vouched.ok ? undefined : vouched.error
}

const withIds = (...uris: readonly string[]) =>
  mintTestCertificate({ issuer: between, uris, dnsNames: ['billing.example'], now: NOW })

describe('vouchedCertificate', () => {
  it('tells thumbprint and names of what an authority vouches for', async () => {
    const vouched = await ask(leaf, new TrustStore([bundle(other, 'b'), bundle(root)]))
    assert.ok(vouched.ok)
    assert.equal(vouched.value.thumbprint, await thumbprintOf(leaf.der))
    assert.equal(vouched.value.trustDomain, DOMAIN)
    assert.deepEqual(vouched.value.names.map(({ kind }) => kind).toSorted(), ['dns', 'uri'])
  })

  it('vouches for nothing that is no path to a trusted authority now', async () => {
    const trust = new TrustStore([bundle(root)])
    assert.equal(await errorOf(leaf, trust, []), 'no-path')
    assert.equal(await errorOf(leaf, new TrustStore([])), 'no-path')
    assert.equal(await errorOf(leaf, new TrustStore([bundle(other)])), 'no-path')
    assert.equal(await errorOf(leaf, trust, [between], NOW + 90_000), 'expired')
    const server = await mintTestCertificate({
      issuer: between,
      broken: 'wrong-purpose',
      dnsNames: ['billing.example'],
      now: NOW,
    })
    assert.equal(await errorOf(server, trust), 'extended-key-usage')
    assert.equal(await errorOf({ ...leaf, der: leaf.der.slice(1) }, trust), 'malformed')
  })

  it('lets an authority speak for SPIFFE ids of its own domain only', async () => {
    const trust = new TrustStore([bundle(root), bundle(other, 'other.example')])
    assert.equal(await errorOf(await withIds(`spiffe://${DOMAIN}/billing`), trust), undefined)
    assert.equal(await errorOf(await withIds('spiffe://other.example/billing'), trust), 'no-path')
    assert.equal(await errorOf(await withIds('spiffe://nobody.example/x'), trust), 'no-path')
    const two = await withIds(`spiffe://${DOMAIN}/a`, `spiffe://${DOMAIN}/b`)
    assert.equal(await errorOf(two, trust), 'no-path')
    assert.equal(await errorOf(await withIds('spiffe://'), trust), 'no-path')
  })

  it('vouches for nothing that is denied: certificate, serial, key or name', async () => {
    const thumbprint = await thumbprintOf(leaf.der)
    const denials: readonly Denial[] = [
      { kind: 'certificate', thumbprint },
      { kind: 'certificate', thumbprint: await thumbprintOf(between.der) },
      { kind: 'serial', trustDomain: DOMAIN, serial: leaf.serial },
      { kind: 'key', sha256: await thumbprintOf(leaf.spki) },
      { kind: 'identity', trustDomain: DOMAIN, identity: 'billing.example' },
      { kind: 'identity', trustDomain: DOMAIN, identity: 'https://billing.example/' },
    ]
    for (const denial of denials) {
      const trust = new TrustStore([bundle(root)])
      trust.deny(denial)
      // oxlint-disable-next-line no-await-in-loop -- one denial after the other
      assert.equal(await errorOf(leaf, trust), 'denied')
    }
  })

  it('asks revocation lists, and says nothing without a current one', async () => {
    const direct = await mintTestCertificate({ issuer: root, dnsNames: ['a.example'], now: NOW })
    const listing = async (revoked: readonly TestCertificate[], until: number) => {
      const crl = await mintTestCrl(root, revoked, [NOW - 100, until])
      return new TrustStore([{ ...bundle(root), crls: [crl] }])
    }
    assert.equal(await errorOf(direct, await listing([], NOW + 100)), undefined)
    assert.equal(await errorOf(direct, await listing([direct], NOW + 100)), 'revoked')
    const stale = await listing([], NOW - 1)
    await assert.rejects(async () => ask(direct, stale), UnavailableError)
  })
})
