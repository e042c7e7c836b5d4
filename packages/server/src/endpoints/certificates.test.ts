import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { toPem } from '../certificates/der.ts'
import { NO_OPENSSL, opensslVerify } from '../certificates/testing/openssl.ts'
import { apiCaller } from '../testing/api-caller.ts'
import { openAuthority, serveLocally, type TestAuthority } from '../testing/authority.ts'
import { ISSUE, issueOver, openWithCa } from '../testing/certificates.ts'

async function open(t: TestContext): Promise<TestAuthority> {
  const at = await openWithCa()
  t.after(() => at.close())
  return at
}

const get = (
  { authority }: TestAuthority,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> => authority.fetch(new Request(`https://auth.example.com${path}`, { headers }))

const caOf = async ({ store }: TestAuthority): Promise<string> =>
  (await store.certificateAuthorities.list('default'))[0]?.id ?? ''

test('bundle and lists are public, cached as long as a new CA waits, and not sent twice', async (t) => {
  const at = await open(t)
  const crl = `/certificates/crl/${await caOf(at)}.crl`
  for (const [path, type] of [
    ['/certificates/bundle.pem', 'application/pem-certificate-chain'],
    ['/certificates/bundle.json', 'application/json'],
    [crl, 'application/pkix-crl'],
    [`${crl}?again`, 'application/pkix-crl'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await get(at, path)
    assert.equal(response.status, 200, path)
    assert.equal(response.headers.get('content-type'), type)
    assert.equal(response.headers.get('cache-control'), 'public, max-age=300')
    const etag = response.headers.get('etag') ?? ''
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const known = await get(at, path, { 'if-none-match': etag })
    assert.equal(known.status, 304)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal(await known.text(), '')
  }
})

test('the SPIFFE bundle names each CA once, with its sequence and how often to look', async (t) => {
  const at = await open(t)
  const bundle: unknown = await (await get(at, '/certificates/bundle.json')).json()
  assert.ok(typeof bundle === 'object' && bundle !== null && 'keys' in bundle)
  assert.ok(Array.isArray(bundle.keys))
  assert.equal(bundle.keys.length, 1)
  assert.equal('spiffe_sequence' in bundle && bundle.spiffe_sequence, 1)
  assert.equal('spiffe_refresh_hint' in bundle && bundle.spiffe_refresh_hint, 300)
})

test('another CA than there is, and no CA at all, is a 404 that says so', async (t) => {
  const at = await open(t)
  for (const path of ['/certificates/crl/0.crl', '/certificates/crl/..%2f.crl']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await get(at, path)
    assert.equal(response.status, 404, path)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.match(await response.text(), /no such CA/)
  }
  const without = await openAuthority()
  t.after(() => without.close())
  const response = await get(without, '/certificates/bundle.pem')
  assert.equal(response.status, 404)
  assert.match(await response.text(), /certificates\.trustDomain/)
})

test('OpenSSL accepts a certificate by what is served, and refuses it once it is revoked', {
  skip: NO_OPENSSL,
}, async (t) => {
  const at = await open(t)
  const server = await serveLocally(at.authority)
  t.after(() => server.close())
  const text = async (path: string): Promise<string> => (await fetch(server.url + path)).text()
  const list = async (): Promise<string> => {
    const path = `/certificates/crl/${await caOf(at)}.crl`
    const der = await (await fetch(server.url + path)).arrayBuffer()
    return toPem(new Uint8Array(der), 'X509 CRL')
  }
  const caller = await apiCaller(at, [ISSUE, 'countersign:certificates:write'])
  const [good, bad] = [
    await issueOver(caller, { scopes: [ISSUE] }),
    await issueOver(caller, { scopes: [ISSUE] }),
  ]
  const root = await text('/certificates/bundle.pem')
  assert.equal(root, good.bundle)
  assert.ok(new X509Certificate(root).ca)
  const now = at.clock.now()
  for (const { certificate } of [good, bad]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal(opensslVerify(certificate, { now, root, crl: await list() }), 'OK')
  }
  await caller('DELETE', `/v1/certificates/${bad.id}?cause=keyCompromise`)
  assert.equal(opensslVerify(good.certificate, { now, root, crl: await list() }), 'OK')
  assert.match(opensslVerify(bad.certificate, { now, root, crl: await list() }), /revoked/)
})

test('metrics and the API say which CA is still used', async (t) => {
  const at = await open(t)
  const id = await caOf(at)
  const { text } = await at.authority.metrics()
  assert.ok(text.includes(`countersign_certificate_authority_uses_total{authority="${id}"} 0`))
  const caller = await apiCaller(at, ['countersign:certificate-authorities:read', ISSUE])
  await issueOver(caller, { scopes: [ISSUE] })
  const { body } = await caller('GET', '/v1/certificate-authorities')
  assert.ok(JSON.stringify(body).includes('"certificates":1'))
})
