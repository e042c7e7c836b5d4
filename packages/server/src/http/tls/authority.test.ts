/** The authority behind its own TLS: certificates of its own CA, on both sides. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { protectWith } from 'countersign/fetch'
import { serve, type AuthorityServer, type Connection } from '../../index.ts'
import { apiCaller, type ApiCaller } from '../../testing/api-caller.ts'
import type { TestAuthority } from '../../testing/authority.ts'
import { csrText, ISSUE, issueOver, openWithCa } from '../../testing/certificates.ts'
import { tlsClient, type TlsAnswer, type TlsClient, type TlsHolder } from '../../testing/tls.ts'

const SCOPES = [ISSUE, 'orders:read']
const API = 'https://api.example.com'

let at: TestAuthority
let admin: ApiCaller
let workload: ApiCaller
let server: AuthorityServer
let bundle: string
const clients: TlsClient[] = []

before(async () => {
  const certificates = { trustDomain: 'example.org', dnsDomains: ['localhost'] }
  at = await openWithCa({ clock: Date.now, certificates })
  admin = await apiCaller(at)
  workload = await apiCaller(at, SCOPES)
  bundle = (await issueOver(workload)).bundle
  const api = protectWith((_request: Request, told: Connection) => told)(
    at.authority.desk({ audience: API }).guard(),
    { scopes: ['orders:read'], senderConstrained: true },
    (_request, { principal }) => new Response(`${principal.method} ${principal.id}`),
  )
  server = await serve(at.authority, {
    port: 0,
    tls: { issue: { dnsNames: ['localhost'] } },
    drainSeconds: 0,
    fallback: (request, told) => api(request, told),
  })
})
after(async () => {
  for (const opened of clients) opened.close()
  await server.close()
  await at.store.close()
})

interface Issued extends TlsHolder {
  readonly id: string
}

async function issue(): Promise<Issued> {
  const { id, certificate, key, serial } = await issueOver(workload)
  const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { id, pem: certificate, keyPem, serial }
}

function connect(certificate?: TlsHolder): TlsClient {
  const client = tlsClient(server.url, bundle, { certificate })
  clients.push(client)
  return client
}

const namesOf = (pem: string): string | undefined => new X509Certificate(pem).subjectAltName

/** The CAs to trust now, of an authority in this process. */
async function bundleOf(url: string): Promise<string> {
  const response = await at.authority.fetch(new Request(`${url}/certificates/bundle.pem`))
  return response.text()
}

const post = (to: TlsClient, path: string, body: unknown): Promise<TlsAnswer> =>
  to.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('an authority that listens with a certificate of its own CA', () => {
  test('accepts the certificates of its principals at its desk, and nobody without one', async () => {
    const { status, body } = await connect(await issue()).send('/orders')
    assert.deepEqual([status, body], [200, `mtls ${workload.principalId}`])
    assert.equal((await connect().send('/orders')).status, 401)
  })

  test('renews a certificate for whoever connects with it', async () => {
    const certificate = await issue()
    const answer = await post(connect(certificate), '/v1/certificates', {
      csr: csrText(),
      scopes: SCOPES,
    })
    assert.equal(answer.status, 201, answer.body)
    const { certificate: pem }: { certificate: string } = JSON.parse(answer.body)
    assert.equal(namesOf(pem), namesOf(certificate.pem))
    const nobody = await post(connect(), '/v1/certificates', { csr: csrText(), scopes: SCOPES })
    assert.equal(nobody.status, 401)
  })

  test('holds a certificate to its scopes at the management API', async () => {
    assert.equal((await connect(await issue()).send('/v1/keys')).status, 403)
  })

  test('closes the connections of a revoked certificate, and no others (SR-302)', async () => {
    const [revoked, good] = [await issue(), await issue()]
    const [gone, kept] = [connect(revoked), connect(good)]
    const [was, stays] = [await gone.send('/orders'), await kept.send('/orders')]
    assert.deepEqual([was.status, stays.status], [200, 200])
    const closed = once(was.socket, 'close')
    assert.equal((await admin('DELETE', `/v1/certificates/${revoked.id}`)).status, 204)
    await closed
    const refused = await gone.send('/orders')
    assert.equal(refused.status, 401)
    assert.match(refused.body, /"code":"credential-invalid"/)
    assert.equal(refused.reused, false)
    assert.ok((await kept.send('/orders')).socket === stays.socket)
  })

  test('closes the connections of a service that was revoked', async () => {
    const other = await apiCaller(at, SCOPES)
    const { certificate, key, serial } = await issueOver(other)
    const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
    const { socket } = await connect({ pem: certificate, keyPem, serial }).send('/orders')
    const closed = once(socket, 'close')
    assert.equal((await admin('DELETE', `/v1/services/${other.principalId}`)).status, 204)
    await closed
  })

  test('closes the connections of a CA whose key was lost (SR-302)', async () => {
    const certificate = await issue()
    const { socket, status, serverSerial } = await connect(certificate).send('/orders')
    assert.equal(status, 200)
    const closed = once(socket, 'close')
    const rotated = await admin('POST', '/v1/certificate-authorities/rotate', { compromised: true })
    assert.ok(rotated.status < 300, rotated.text)
    await closed
    // The old CA vouches for the server no more than for clients.
    await server.reload()
    bundle = await bundleOf(server.url)
    const refused = await connect(certificate).send('/orders')
    assert.equal(refused.status, 401)
    assert.notEqual(refused.serverSerial, serverSerial)
  })
})
