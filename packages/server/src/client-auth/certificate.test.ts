/** tls_client_auth and self_signed_tls_client_auth (RFC 8705 §2): what a certificate proves, and what not. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ok } from 'countersign'
import { mint, type TestCertificate } from 'countersign/testing'
import type { AuthorityOptions } from '../authority-options.ts'
import { NO_OPENSSL } from '../certificates/testing/openssl.ts'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { audited } from '../credentials/audited.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import { addClient, openAuthority, type TestAuthority } from '../testing/authority.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { parseIp, subjectDn } from './certificate-names.ts'

const NOW = 1_790_000_000
const SPIFFE = 'spiffe://corp.example/billing'

let root: TestCertificate
let stranger: TestCertificate
let billing: TestCertificate
let at: TestAuthority

const trustOf = (ca: TestCertificate, trustDomain = 'corp.example') => ({
  trustDomain,
  anchors: [{ name: trustDomain, certificate: ca.der, state: 'active' as const }],
})

const leaf = (
  issuer: TestCertificate,
  more: Parameters<typeof mint.certificate>[0] = {},
): Promise<TestCertificate> =>
  mint.certificate({
    issuer,
    name: 'billing',
    dnsNames: ['billing.corp.example', '*.corp.example'],
    uris: ['https://corp.example/billing'],
    now: NOW,
    ...more,
  })

const open = (options: Partial<AuthorityOptions> = {}): Promise<TestAuthority> =>
  openAuthority({ clientCertificates: { trust: [trustOf(root)] }, ...options })

before(async () => {
  root = await mint.certificate({ ca: true, name: 'root', now: NOW })
  stranger = await mint.certificate({ ca: true, name: 'root', now: NOW })
  billing = await leaf(root)
  at = await open()
})
after(() => at.close())

/** Asks for a token over a connection with a certificate; answers the status. */
async function ask(
  clientId: string,
  certificate: TestCertificate | undefined,
  to = at,
): Promise<number> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId })
  const url = 'https://auth.example.com/oauth/token'
  const peerCertificate =
    certificate === undefined ? undefined : { der: certificate.der, chain: [] }
  const request = new Request(url, { method: 'POST', body })
  const { status } = await to.authority.fetch(request, {
    remoteAddress: '192.0.2.7',
    peerCertificate,
  })
  return status
}

const named = async (tlsClientName: ClientSettings['tlsClientName'], to = at): Promise<string> => {
  const { id } = await addClient(to, { tokenEndpointAuthMethod: 'tls_client_auth', tlsClientName })
  return id
}

void describe('tls_client_auth', () => {
  const good: readonly NonNullable<ClientSettings['tlsClientName']>[] = [
    { kind: 'subject_dn', value: 'CN=billing' },
    { kind: 'san_dns', value: 'billing.corp.example' },
    { kind: 'san_uri', value: 'https://corp.example/billing' },
  ]
  for (const name of good) {
    void test(`takes the ${name.kind} that is registered`, async () => {
      assert.equal(await ask(await named(name), billing), 200)
    })
  }

  const bad: readonly NonNullable<ClientSettings['tlsClientName']>[] = [
    { kind: 'subject_dn', value: 'CN=Billing' },
    { kind: 'subject_dn', value: 'billing' },
    { kind: 'subject_dn', value: 'CN=billing,O=Corp' },
    { kind: 'san_dns', value: 'BILLING.corp.example' },
    { kind: 'san_dns', value: 'other.corp.example' },
    { kind: 'san_dns', value: 'https://corp.example/billing' },
    { kind: 'san_uri', value: 'billing.corp.example' },
    { kind: 'san_uri', value: 'https://corp.example/billing/' },
    { kind: 'san_email', value: 'billing.corp.example' },
    { kind: 'san_ip', value: '192.0.2.7' },
    { kind: 'san_ip', value: 'billing' },
  ]
  for (const name of bad) {
    void test(`does not take ${name.kind} ${name.value}`, async () => {
      assert.equal(await ask(await named(name), billing), 401)
    })
  }

  const NAME = { kind: 'san_dns', value: 'billing.corp.example' } as const
  const certificates: Readonly<Record<string, () => Promise<TestCertificate | undefined>>> = {
    'no certificate': () => Promise.resolve(undefined),
    'one that signs itself': () =>
      mint.certificate({ dnsNames: [NAME.value], now: NOW, name: 'billing' }),
    'one of an authority that nobody trusts, of the same name': () => leaf(stranger),
    'an expired one': () => leaf(root, { broken: 'expired' }),
    'one that is not valid yet': () => leaf(root, { broken: 'not-yet-valid' }),
    'one for servers': () => leaf(root, { broken: 'wrong-purpose' }),
    'an authority': () => leaf(root, { ca: true }),
    'one that another client got': () => leaf(root, { dnsNames: ['shop.corp.example'] }),
    'one with a SPIFFE id of a domain that its authority does not speak for': () =>
      leaf(root, { uris: ['spiffe://other.example/billing'] }),
    'one with two SPIFFE ids': () => leaf(root, { uris: [SPIFFE, `${SPIFFE}2`] }),
    'the root itself': () => Promise.resolve(root),
  }
  for (const [title, make] of Object.entries(certificates)) {
    void test(`does not take ${title}`, async () => {
      assert.equal(await ask(await named(NAME), await make()), 401)
    })
  }

  void test('does not take a certificate that was revoked, or an authority that was removed', async () => {
    const to = await open()
    const id = await named(NAME, to)
    assert.equal(await ask(id, billing, to), 200)
    const { context } = to.authority
    const thumbprint = hash('sha256', billing.der, 'base64url')
    await audited(context, { tenant: 'default', actor: SYSTEM_ACTOR }, async (unit) => {
      await unit.revoked('credential', thumbprint)
      return ok(undefined)
    })
    assert.equal(await ask(id, billing, to), 401)
    await to.close()
    const none = await open({ clientCertificates: {} })
    assert.equal(await ask(await named(NAME, none), billing, none), 401)
    await none.close()
  })

  void test('does not take the certificate of a client for another mechanism', async () => {
    for (const tokenEndpointAuthMethod of ['client_secret_basic', 'private_key_jwt'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- two mechanisms
      const { id } = await addClient(at, { tokenEndpointAuthMethod, tlsClientName: NAME })
      // oxlint-disable-next-line no-await-in-loop -- two mechanisms
      assert.equal(await ask(id, billing), 401)
    }
  })

  void test('does not take a client without a name', async () => {
    assert.equal(await ask(await named(null), billing), 401)
  })
})

const own = (more: Parameters<typeof mint.certificate>[0] = {}) =>
  mint.certificate({ now: NOW, ...more })
const jwkOf = ({ der }: TestCertificate): Record<string, unknown> => {
  const { publicKey, raw } = new X509Certificate(der)
  return { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] }
}
const registered = async (...keys: Record<string, unknown>[]): Promise<string> => {
  const tokenEndpointAuthMethod = 'self_signed_tls_client_auth'
  const { id } = await addClient(at, { tokenEndpointAuthMethod, jwks: { keys } })
  return id
}

void describe('self_signed_tls_client_auth', () => {
  void test('takes the certificate that is registered, and each of several', async () => {
    const [first, second] = [await own(), await own()]
    const id = await registered(jwkOf(first), { ...jwkOf(second), kid: '2' })
    assert.deepEqual([await ask(id, first), await ask(id, second)], [200, 200])
  })

  void test('takes any certificate of a key that is registered without one', async () => {
    const first = await own()
    const { x5c: _certificate, ...key } = jwkOf(first)
    assert.equal(await ask(await registered(key), first), 200)
  })

  void test('does not take another certificate, of the same name or of a good authority', async () => {
    const id = await registered(jwkOf(await own()))
    assert.equal(await ask(id, await own()), 401)
    assert.equal(await ask(id, billing), 401)
    assert.equal(await ask(id, undefined), 401)
  })

  void test('does not take another certificate of the key, where a certificate is registered', async () => {
    const first = await own()
    const other = await own()
    const mixed = { ...jwkOf(first), x5c: jwkOf(other)['x5c'] }
    assert.equal(await ask(await registered(mixed), first), 401)
  })

  void test('does not take what is registered wrongly', async () => {
    const first = await own()
    for (const x5c of [[], [7], 'text', [''], null]) {
      // oxlint-disable-next-line no-await-in-loop -- one client after the other
      assert.equal(await ask(await registered({ ...jwkOf(first), x5c }), first), 401)
    }
    assert.equal(await ask(await registered({ kty: 'x' }), first), 401)
  })
})

void describe('names', () => {
  const subjects: Readonly<Record<string, string>> = {
    '/C=DE/O=Corp, Inc./OU=A\\+B/CN=billing': 'CN=billing,OU=A\\+B,O=Corp\\, Inc.,C=DE',
    '/O=Corp/CN=a\\/b "x" <y>;z': 'CN=a/b \\"x\\" \\<y\\>\\;z,O=Corp',
    '/O= space /CN=#hash': 'CN=\\#hash,O=\\ space\\ ',
    '/O=Corp/OU=x+CN=y': 'OU=x+CN=y,O=Corp',
    '/DC=example/DC=corp/CN=x': 'CN=x,DC=corp,DC=example',
  }
  for (const [subject, dn] of Object.entries(subjects)) {
    void test(`${dn} is what OpenSSL writes for RFC 2253`, { skip: NO_OPENSSL }, () => {
      const folder = scratchFolder()
      const [key, pem] = [join(folder, 'k'), join(folder, 'c')]
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
      const subj = ['-nodes', '-utf8', '-subj', subject, '-keyout', key, '-out', pem]
      execFileSync('openssl', [...made, ...subj], { stdio: 'ignore' })
      const { raw } = new X509Certificate(readFileSync(pem))
      const show = ['x509', '-in', pem, '-noout', '-subject', '-nameopt', 'RFC2253']
      const shown = execFileSync('openssl', show, { encoding: 'utf8' })
      assert.equal(subjectDn(raw), dn)
      assert.equal(shown.replace(/^subject=/, '').replace(/\n$/, ''), dn)
    })
  }

  const addresses: Readonly<Record<string, string | undefined>> = {
    '192.0.2.7': 'c0000207',
    '2001:db8::1': '20010db8000000000000000000000001',
    '::': '00000000000000000000000000000000',
    '::ffff:192.0.2.7': '00000000000000000000ffffc0000207',
    '1:2:3:4:5:6:7:8': '00010002000300040005000600070008',
    '1::': '00010000000000000000000000000000',
    'fe80::1%eth0': undefined,
    '192.0.2': undefined,
    billing: undefined,
    '': undefined,
  }
  for (const [text, hex] of Object.entries(addresses)) {
    void test(`the address "${text}"`, () => {
      assert.equal(parseIp(text)?.toString('hex'), hex)
    })
  }
})
