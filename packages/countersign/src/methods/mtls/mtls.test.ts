import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import { UnavailableError } from '../../core/errors.ts'
import type { Attempt } from '../../core/method.ts'
import { RevocationSet } from '../../core/revocation.ts'
import { Trace } from '../../core/trace.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { requestView } from '../../testing/request.ts'
import { mintTestCrl, type TestCertificate } from '../../testing/mint-certificate.ts'
import { testMtls } from '../../testing/mtls-desk.ts'
import { ATTACK_DIALECTS } from './attacks-dialects.ts'
import { mtlsAttacks } from './attacks.ts'
import type { TrustAnchor } from './bundle.ts'
import { thumbprintOf, type Denial } from './denial.ts'
import { BILLING, identify, mint, NOW, PROOF, proxyOf, root } from './desk.test.ts'
import { identityRules, type IdentityRule } from './mapping.ts'
import { TrustStore } from './trust.ts'
import { mtls, type MtlsOptions } from './verify.ts'

const DIALECTS = ['rfc9440', 'envoy', 'nginx', 'haproxy'] as const

for (const dialect of DIALECTS) {
  methodContract(`mtls behind a proxy that speaks ${dialect}`, async () => {
    const { method, material } = await testMtls(NOW)
    return {
      method: method(proxyOf(dialect)),
      accepted: [{ headers: [PROOF, ...ATTACK_DIALECTS[dialect].carry(material.good)] }],
      attacks: mtlsAttacks(material, dialect),
      secrets: [PROOF[1], Buffer.from(material.good).toString('base64')],
      now: NOW,
    }
  })
}

function attemptOf(
  der: Uint8Array,
  { now = NOW, chain = [] as readonly Uint8Array[] } = {},
): Attempt {
  const view = requestView({ peerCertificate: { der, chain } })
  return {
    view,
    authorization: undefined,
    scheme: 'https',
    clientAddress: '192.0.2.1',
    now,
    trace: undefined,
  }
}

const active = (name: string, { der }: TestCertificate): TrustAnchor => ({
  name,
  certificate: der,
  state: 'active',
})

type Extra = Partial<MtlsOptions>

/** What a method says of a certificate: who it is, or why not. */
async function ask(
  method: ReturnType<typeof mtls>,
  ...parameters: Parameters<typeof attemptOf>
): Promise<string> {
  const verdict = await method.verify(attemptOf(...parameters))
  if (verdict.outcome === 'accepted') return verdict.principal.id
  return verdict.outcome === 'rejected' ? verdict.reason : 'absent'
}

/** Does something in the middle of a verification: where a path was found. */
class ChangeAtPath extends Trace {
  readonly #change: () => void

  constructor(change: () => void) {
    super()
    this.#change = change
  }

  override check(name: string, passed: boolean): boolean {
    if (name === 'mtls.path' && passed) this.#change()
    return super.check(name, passed)
  }
}

describe('mtls on the connection', () => {
  let authority: TestCertificate
  let leaf: TestCertificate
  before(async () => {
    authority = await root('ca-1')
    leaf = await mint({ issuer: authority, uris: [BILLING] })
  })
  const bundle = (extra: object = {}) => ({
    trustDomain: 'prod.example',
    anchors: [active('ca-1', authority)],
    ...extra,
  })
  const make = (trust = new TrustStore([bundle()]), extra: Extra = {}) => ({
    trust,
    method: mtls({ trust, identify, ...extra }),
  })

  it('binds the principal to the certificate', async () => {
    const verdict = await make().method.verify(attemptOf(leaf.der))
    assert.ok(verdict.outcome === 'accepted')
    const thumbprint = await thumbprintOf(leaf.der)
    const { credentialId, confirmation, scopes, claims, expiresAt } = verdict.principal
    assert.deepEqual(confirmation, { 'x5t#S256': thumbprint })
    assert.equal(credentialId, thumbprint)
    assert.deepEqual(scopes, ['orders:read'])
    assert.deepEqual(claims, { identity: BILLING, trust_domain: 'prod.example' })
    assert.equal(expiresAt, NOW + 86_400 + 1)
  })

  it('judges time anew on every request (SR-301)', async () => {
    const { method } = make()
    assert.equal(await ask(method, leaf.der), BILLING)
    assert.equal(await ask(method, leaf.der, { now: NOW + 86_400 }), BILLING)
    assert.equal(await ask(method, leaf.der, { now: NOW + 86_401 }), 'mtls.expired')
    assert.equal(await ask(method, leaf.der, { now: NOW - 86_401 }), 'mtls.not-yet-valid')
  })

  it('judges the time of the whole path anew, also when the clock was set back', async () => {
    const young = await root('ca-young', { notBefore: NOW })
    const own = await mint({ issuer: young, uris: [BILLING] })
    const { method } = make(new TrustStore([bundle({ anchors: [active('young', young)] })]))
    assert.equal(await ask(method, own.der), BILLING)
    assert.equal(await ask(method, own.der, { now: NOW - 1 }), 'mtls.not-yet-valid')
  })

  it('does not accept what was asked of an older trust', async () => {
    const { trust, method } = make()
    const change = new ChangeAtPath(() => trust.removeBundle('prod.example'))
    const verdict = await method.verify({ ...attemptOf(leaf.der), trace: change })
    assert.ok(verdict.outcome === 'rejected' && verdict.reason === 'mtls.untrusted')
    assert.equal(await ask(method, leaf.der), 'mtls.untrusted')
  })

  it('refuses at once what is denied, by each name it has, and accepts it again (SR-302)', async () => {
    const sha256 = await thumbprintOf(leaf.spki)
    const anchorKey = await thumbprintOf(authority.spki)
    const trustDomain = 'prod.example'
    const denials: readonly Denial[] = [
      { kind: 'certificate', thumbprint: await thumbprintOf(leaf.der) },
      { kind: 'serial', trustDomain, serial: leaf.serial },
      { kind: 'serial', trustDomain, serial: `00:${leaf.serial.replaceAll(/(..)(?=.)/g, '$1:')}` },
      { kind: 'key', sha256 },
      { kind: 'key', sha256: anchorKey },
      { kind: 'identity', trustDomain, identity: BILLING },
    ]
    const { trust, method } = make()
    for (const denial of denials) {
      assert.equal(await ask(method, leaf.der), BILLING)
      trust.deny(denial)
      assert.equal(await ask(method, leaf.der), 'mtls.denied', denial.kind)
      trust.undeny(denial)
    }
    trust.deny({ kind: 'serial', trustDomain: 'other.example', serial: leaf.serial })
    assert.equal(await ask(method, leaf.der), BILLING)
  })

  it('judges trust anew on every request: an authority that goes takes its clients along', async () => {
    const { trust, method } = make()
    const next = await root('ca-2')
    const renewed = await mint({ issuer: next, uris: [BILLING] })
    const states = (old: TrustAnchor['state'], fresh: TrustAnchor['state']) =>
      trust.setBundle(
        bundle({
          anchors: [
            { ...active('ca-1', authority), state: old },
            { ...active('ca-2', next), state: fresh },
          ],
        }),
      )
    const both = async () => [await ask(method, leaf.der), await ask(method, renewed.der)]
    states('active', 'planned')
    assert.deepEqual(await both(), [BILLING, 'mtls.untrusted'])
    states('retiring', 'active')
    assert.deepEqual(await both(), [BILLING, BILLING])
    states('removed', 'active')
    assert.deepEqual(await both(), ['mtls.untrusted', BILLING])
    const used = trust
      .usage()
      .map(({ name, state, uses, lastUsedAt }) => [name, state, uses, lastUsedAt])
    assert.deepEqual(used, [
      ['ca-1', 'removed', 2, NOW],
      ['ca-2', 'active', 2, NOW],
    ])
    trust.removeBundle('prod.example')
    assert.deepEqual(await both(), ['mtls.untrusted', 'mtls.untrusted'])
  })

  it('raises the version with every change, and changes nothing on a bad bundle', () => {
    const { trust } = make()
    const denial: Denial = { kind: 'key', sha256: 'x' }
    const versions = [
      () => trust.setBundle(bundle()),
      () => trust.deny(denial),
      () => trust.undeny(denial),
      () => trust.removeBundle('none'),
    ].map((change) => {
      const old = trust.version
      change()
      return trust.version - old
    })
    assert.deepEqual(versions, [1, 1, 1, 1])
    const { version } = trust
    const bad = [
      bundle({ anchors: [{ ...active('ca-1', authority), certificate: new Uint8Array([1]) }] }),
      bundle({ anchors: [active('a', authority), active('a', authority)] }),
      bundle({ trustDomain: 'Prod.example' }),
      bundle({ trustDomain: 'second.example' }),
      bundle({ crls: [new Uint8Array([1])] }),
    ]
    for (const each of bad) assert.throws(() => trust.setBundle(each), { name: 'ConfigError' })
    assert.equal(trust.version, version)
  })

  it('asks revocation lists, by the clock of now, and answers 503 without a current one', async () => {
    const crl = await mintTestCrl(authority, [], [NOW - 10, NOW + 10])
    const later = await mintTestCrl(authority, [leaf], [NOW + 5, NOW + 1000])
    const only = make(new TrustStore([bundle({ crls: [crl] })]))
    assert.equal(await ask(only.method, leaf.der), BILLING)
    await assert.rejects(
      async () => await ask(only.method, leaf.der, { now: NOW + 11 }),
      UnavailableError,
    )
    const followed = make(new TrustStore([bundle({ crls: [crl, later] })]))
    assert.equal(await ask(followed.method, leaf.der), BILLING)
    assert.equal(await ask(followed.method, leaf.der, { now: NOW + 5 }), 'mtls.revoked')
    const none = make(new TrustStore([bundle({ crls: [] })]))
    await assert.rejects(async () => await ask(none.method, leaf.der), UnavailableError)
  })

  it('takes intermediates from the peer and from the bundle, and trusts neither', async () => {
    const between = await root('between', { issuer: authority })
    const below = await mint({ issuer: between, uris: [BILLING] })
    const { method } = make()
    assert.equal(await ask(method, below.der), 'mtls.untrusted')
    assert.equal(
      await ask(method, below.der, { chain: [new Uint8Array([1]), between.der] }),
      BILLING,
    )
    const known = make(new TrustStore([bundle({ intermediates: [between.der] })]))
    assert.equal(await ask(known.method, below.der), BILLING)
    const stranger = await root('stranger')
    const foreign = await mint({ issuer: stranger, uris: [BILLING] })
    assert.equal(await ask(method, foreign.der, { chain: [stranger.der] }), 'mtls.untrusted')
  })

  it('refuses what the feed revoked, and answers 503 without the feed', async () => {
    const set = new RevocationSet()
    let freshness: 'live' | 'lost' = 'live'
    const revocations = { find: set.find.bind(set), freshness: () => freshness }
    const { method } = make(undefined, { revocations })
    assert.equal(await ask(method, leaf.der), BILLING)
    const subject = await thumbprintOf(leaf.der)
    set.add({ tenant: 'default', kind: 'credential', subject, expiresAt: NOW + 100 })
    assert.equal(await ask(method, leaf.der), 'mtls.revoked')
    freshness = 'lost'
    await assert.rejects(async () => await ask(method, leaf.der), UnavailableError)
  })

  it('keeps a bounded number of verdicts, and is right without them', async () => {
    const { method } = make(undefined, { maxCached: 1 })
    const second = await mint({ issuer: authority, uris: [BILLING] })
    for (const { der } of [leaf, second, leaf]) assert.equal(await ask(method, der), BILLING)
    assert.throws(() => make(undefined, { maxCached: 0 }), { name: 'ConfigError' })
  })

  it('asks who an identity is on every request, and from where it comes', async () => {
    const grant = { tenant: 'default', scopes: [], networks: ['10.0.0.0/8'] }
    const { method } = make(undefined, { identify: identityRules([{ spiffe: BILLING, ...grant }]) })
    assert.equal(await ask(method, leaf.der), 'mtls.network-denied')
  })

  it('accepts a certificate without a purpose only where that was asked for', async () => {
    const old = await mint({ issuer: authority, uris: [BILLING], purposes: [] })
    const { method } = make(undefined, { unsafe: { missingPurpose: true } })
    assert.equal(await ask(method, old.der), BILLING)
  })
})

const spiffe = (rule: string): IdentityRule => ({ spiffe: rule, tenant: 't', scopes: [] })
const dns = (rule: string): IdentityRule => ({
  dns: rule,
  trustDomain: 'corp',
  tenant: 't',
  scopes: [],
})

const asked = (rules: readonly IdentityRule[], ...names: readonly string[]) => {
  const [first = ''] = names
  const uri = first.startsWith('spiffe:')
  const trustDomain = uri ? (first.split('/')[2] ?? '') : 'corp'
  const found = identityRules(rules)({ kind: uri ? 'spiffe' : 'dns', trustDomain, names })
  return found.ok ? found.value.name : found.error
}

describe('rules for identities', () => {
  const UNMAPPED = 'mtls.identity-unmapped'
  const rows: readonly (readonly [readonly IdentityRule[], readonly string[], string])[] = [
    [[spiffe('spiffe://a/x')], ['spiffe://a/x'], 'spiffe://a/x'],
    [[spiffe('spiffe://a/x')], ['spiffe://a/x/y'], UNMAPPED],
    [[spiffe('spiffe://a/x')], ['spiffe://a/X'], UNMAPPED],
    [[spiffe('spiffe://a/x')], ['spiffe://b/x'], UNMAPPED],
    [[spiffe('spiffe://a/ns/*/sa/x')], ['spiffe://a/ns/1/sa/x'], 'spiffe://a/ns/1/sa/x'],
    [[spiffe('spiffe://a/ns/*/sa/x')], ['spiffe://a/ns/1/2/sa/x'], UNMAPPED],
    [[spiffe('spiffe://a/ns/*/sa/x')], ['spiffe://a/ns//sa/x'], UNMAPPED],
    [[dns('*.w.example')], ['a.w.example'], 'a.w.example'],
    [[dns('*.w.example')], ['a.b.w.example'], UNMAPPED],
    [[dns('*.w.example')], ['.w.example'], UNMAPPED],
    [[dns('w.example')], ['w.example.evil.test'], UNMAPPED],
    [[dns('w.example')], ['evilw.example'], UNMAPPED],
    [[dns('w.example')], ['x.example', 'w.example'], 'w.example'],
    [[dns('*.example')], ['x.example', 'w.example'], 'mtls.identity-ambiguous'],
    [[dns('a.example')], ['spiffe://corp/a.example'], UNMAPPED],
  ]
  for (const [rules, names, expected] of rows) {
    const texts = rules.map((rule) => ('spiffe' in rule ? rule.spiffe : rule.dns))
    it(`${texts.join()} and ${names.join()}: ${expected}`, async () => {
      assert.equal(asked(rules, ...names), expected)
    })
  }

  it('prefers the exact rule, and does not take the name of another trust domain', () => {
    const rules = identityRules([
      { ...spiffe('spiffe://a/w/*'), principalId: 'any' },
      { ...spiffe('spiffe://a/w/x'), principalId: 'x' },
      dns('w.example'),
    ])
    const exact = rules({ kind: 'spiffe', trustDomain: 'a', names: ['spiffe://a/w/x'] })
    assert.ok(exact.ok && exact.value.grant.principalId === 'x')
    const foreign = rules({ kind: 'dns', trustDomain: 'other', names: ['w.example'] })
    assert.equal(foreign.ok, false)
  })

  it('refuses rules that cannot be meant', () => {
    const bad = [
      'spiffe://*/x',
      'spiffe://a/x*',
      'spiffe://a/*',
      'spiffe://a',
      'https://a/x',
      'spiffe://a/x?y',
    ]
    for (const rule of bad) {
      assert.throws(() => identityRules([spiffe(rule)]), { name: 'ConfigError' }, rule)
    }
    for (const rule of ['*', '*.*', 'w.*', 'w*.example', 'W.example', '']) {
      assert.throws(() => identityRules([dns(rule)]), { name: 'ConfigError' }, rule)
    }
    assert.throws(() => identityRules([dns('a.b'), dns('a.b')]), { name: 'ConfigError' })
  })
})
