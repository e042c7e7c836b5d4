/** Access tokens that are bound to the client certificate (RFC 8705 §3), over real TLS. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from 'countersign'
import { dpopProof, importSigningKey, type SigningKey } from 'countersign/dpop/sign'
import { protectWith } from 'countersign/fetch'
import type { CertificateAuthority } from '../certificates/authority.ts'
import { serve, type AuthorityServer, type Connection } from '../index.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import {
  addClient,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { scratchFolder } from '../testing/scratch.ts'
import {
  tlsCa,
  tlsClient,
  tlsHolder,
  WORKLOAD,
  type TlsClient,
  type TlsHolder,
} from '../testing/tls.ts'

const API = 'https://api.example.com'
const FORM = 'grant_type=client_credentials'
const TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
const PROOF = new Secret('0123456789abcdef0123456789abcdef')

let ca: CertificateAuthority
let at: TestAuthority
let server: AuthorityServer
let own: TlsHolder
let other: TlsHolder
const clients: TlsClient[] = []

before(async () => {
  ca = await tlsCa()
  own = await tlsHolder(ca, { spiffe: WORKLOAD, dns: [] })
  other = await tlsHolder(ca, { spiffe: WORKLOAD, dns: [] })
  at = await openAuthority({ clock: Date.now, unsafe: { noReplayFence: true } })
  const api = protectWith((_request: Request, told: Connection) => told)(
    at.authority.desk({ audience: API }).guard(),
    { scopes: ['orders:read'] },
    (_request, { principal }) =>
      Response.json({ caller: principal.id, cnf: principal.confirmation }),
  )
  const tls = await hostFiles()
  server = await serve(at.authority, {
    port: 0,
    secure: { port: 0, tls },
    drainSeconds: 0,
    fallback: (request, told) => api(request, told),
  })
})
after(async () => {
  for (const opened of clients) opened.close()
  await server.close()
  await at.store.close()
})

async function hostFiles(): Promise<{ certificate: string; key: string }> {
  const host = await tlsHolder(ca, { dns: ['localhost'] })
  const folder = scratchFolder()
  const files = { certificate: join(folder, 'host.pem'), key: join(folder, 'host.key') }
  writeFileSync(files.certificate, host.pem)
  writeFileSync(files.key, host.keyPem)
  return files
}

function connect(certificate?: TlsHolder): TlsClient {
  const client = tlsClient(server.secureUrl ?? '', ca.pem, { certificate })
  clients.push(client)
  return client
}

const thumbprint = ({ pem }: TlsHolder): string =>
  hash('sha256', new X509Certificate(pem).raw, 'base64url')

const boundClient = (settings: Partial<ClientSettings> = {}): Promise<TestClient> =>
  addClient(at, { certificateBoundAccessTokens: true, ...settings })

const headersOf = (client: TestClient): Record<string, string> => ({
  ...TYPE,
  authorization: basicAuth(client),
})

interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

async function send(
  to: TlsClient,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answered> {
  const method = body === undefined ? 'GET' : 'POST'
  const answer = await to.send(path, { method, headers, ...(body === undefined ? {} : { body }) })
  // A test fails on what is missing from it.
  return { status: answer.status, json: JSON.parse(answer.body) as Answered['json'] }
}

async function tokenFor(client: TestClient, certificate: TlsHolder): Promise<string> {
  const { json } = await send(connect(certificate), '/oauth/token', headersOf(client), FORM)
  return String(json['access_token'])
}

const use = (token: string, certificate?: TlsHolder): Promise<Answered> =>
  send(connect(certificate), '/orders', { authorization: `Bearer ${token}` })

describe('a token of a client that is registered for certificate-bound tokens (SR-304)', () => {
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    test(`${accessTokenFormat}: opens the API beside its certificate, and nowhere else`, async () => {
      const token = await tokenFor(await boundClient({ accessTokenFormat }), own)
      const good = await use(token, own)
      assert.equal(good.status, 200)
      assert.deepEqual(good.json['cnf'], { 'x5t#S256': thumbprint(own) })
      for (const certificate of [other, undefined]) {
        // oxlint-disable-next-line no-await-in-loop -- two thieves
        const stolen = await use(token, certificate)
        assert.deepEqual([stolen.status, stolen.json['code']], [401, 'credential-invalid'])
      }
      const plain = await fetch(`${server.url}/orders`, {
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(plain.status, 401)
    })

    test(`${accessTokenFormat}: introspection tells the certificate (RFC 8705 §3.2)`, async () => {
      const client = await boundClient({ accessTokenFormat })
      const token = await tokenFor(client, own)
      const { json } = await send(
        connect(),
        '/oauth/introspect',
        headersOf(client),
        `token=${token}`,
      )
      assert.deepEqual(json['cnf'], { 'x5t#S256': thumbprint(own) })
      assert.equal(json['token_type'], 'Bearer')
    })
  }

  test('is not issued without a certificate, and never as a bearer token', async () => {
    const client = await boundClient()
    const refused = await send(connect(), '/oauth/token', headersOf(client), FORM)
    assert.deepEqual([refused.status, refused.json['error']], [400, 'invalid_request'])
    assert.equal(refused.json['access_token'], undefined)
    const plain = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: headersOf(client),
      body: FORM,
    })
    assert.equal(plain.status, 400)
  })

  test('is not bound by fields that the client wrote itself (SR-303)', async () => {
    const client = await boundClient()
    const encoded = `:${new X509Certificate(own.pem).raw.toString('base64')}:`
    const forged = {
      'client-cert': encoded,
      'x-forwarded-client-cert': `Cert="${encodeURIComponent(own.pem)}"`,
      'ssl-client-cert': encodeURIComponent(own.pem),
      'ssl-client-verify': 'SUCCESS',
    }
    const asked = { ...headersOf(client), ...forged }
    assert.equal((await send(connect(), '/oauth/token', asked, FORM)).status, 400)
    const token = await tokenFor(client, own)
    const bearer = { authorization: `Bearer ${token}`, ...forged }
    assert.equal((await send(connect(), '/orders', bearer)).status, 401)
    assert.equal((await send(connect(other), '/orders', bearer)).status, 401)
  })

  test('of other clients stays a bearer token over the same connection', async () => {
    const token = await tokenFor(await addClient(at), own)
    assert.deepEqual((await use(token)).json['cnf'], undefined)
  })
})

describe('a certificate and a DPoP proof at once', () => {
  let key: SigningKey
  before(async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const jwk = { ...privateKey.export({ format: 'jwk' }) }
    key = await importSigningKey({ jwk })
  })

  test('bind a token twice, and every use has to prove both', async () => {
    const issuer = at.authority.issuer
    const asked = await dpopProof({
      key,
      method: 'POST',
      url: `${issuer}/oauth/token`,
      now: Math.floor(Date.now() / 1000),
    })
    const { json } = await send(
      connect(own),
      '/oauth/token',
      { ...headersOf(await boundClient()), dpop: asked },
      FORM,
    )
    assert.equal(json['token_type'], 'DPoP')
    const accessToken = String(json['access_token'])
    const url = `${server.secureUrl ?? ''}/orders`
    const call = async (certificate: TlsHolder | undefined): Promise<Answered> =>
      send(connect(certificate), '/orders', {
        authorization: `DPoP ${accessToken}`,
        dpop: await dpopProof({
          key,
          method: 'GET',
          url,
          accessToken,
          now: Math.floor(Date.now() / 1000),
        }),
      })
    assert.equal((await call(own)).status, 200)
    assert.equal((await call(other)).status, 401)
    assert.equal((await call(undefined)).status, 401)
    assert.equal((await use(accessToken, own)).status, 401)
  })
})

describe('behind a proxy that ends TLS (SR-303)', () => {
  test('a token is bound to the certificate that a proven proxy tells, and to no other', async (t) => {
    const proof = { field: 'x-proxy-proof', secrets: [PROOF] }
    const behind = await openAuthority({
      clientCertificates: { from: { dialect: 'rfc9440', proof } },
    })
    t.after(() => behind.close())
    const client = await addClient(behind, { certificateBoundAccessTokens: true })
    const encoded = `:${new X509Certificate(own.pem).raw.toString('base64')}:`
    const ask = (more: Readonly<Record<string, string>>): Promise<Response> =>
      postForm(behind, '/oauth/token', FORM, { authorization: basicAuth(client), ...more })
    const good = await ask({ 'client-cert': encoded, 'x-proxy-proof': PROOF.reveal() })
    assert.equal(good.status, 200)
    const forged = await ask({ 'client-cert': encoded, 'x-proxy-proof': 'f'.repeat(32) })
    assert.equal(forged.status, 400)
  })
})

test('discovery says that tokens can be bound to certificates (RFC 8705 §3.3)', async () => {
  const path = '/.well-known/oauth-authorization-server'
  const { json } = await send(connect(), path, {})
  assert.equal(json['tls_client_certificate_bound_access_tokens'], true)
})
