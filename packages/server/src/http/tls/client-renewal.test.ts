/** The client of certificates against the authority: issued by a key, renewed by themselves. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { protectWith } from 'countersign/fetch'
import { apiKey, withProof } from 'countersign/client'
import {
  certificateSource,
  keepServerCertificate,
  mtls,
  type CertificateSource,
  type KeyAndCertificate,
} from 'countersign/client/mtls'
import { serve, type AuthorityServer, type Connection } from '../../index.ts'
import { addApiKey, type TestAuthority } from '../../testing/authority.ts'
import { ISSUE, openWithCa } from '../../testing/certificates.ts'

const SCOPES = [ISSUE, 'orders:read']
const API = 'https://api.example.com'
const DAY_MS = 86_400_000

let at: TestAuthority
let server: AuthorityServer
let secureUrl: string
let key: string
let source: CertificateSource
let aheadMs = 0
/** With what each request for a certificate came. */
const methods: string[] = []

before(async () => {
  const certificates = { trustDomain: 'example.org', dnsDomains: ['localhost'] }
  at = await openWithCa({ clock: Date.now, certificates })
  ;({ key } = await addApiKey(at, SCOPES))
  const api = protectWith((_request: Request, told: Connection) => told)(
    at.authority.desk({ audience: API }).guard(),
    { scopes: ['orders:read'], senderConstrained: true },
    (_request, { principal }) => new Response(`${principal.method} ${principal.id}`),
  )
  server = await serve(at.authority, {
    port: 0,
    drainSeconds: 0,
    secure: { port: 0, tls: { issue: { dnsNames: ['localhost'] } } },
    fallback: (request, told) => api(request, told),
  })
  secureUrl = String(server.secureUrl).replace('127.0.0.1', 'localhost')
  source = certificateSource({
    issuer: server.url,
    unsafe: { allowHttp: true },
    fetch: (input, init) => {
      methods.push('api-key')
      return withProof(apiKey(key))(input, init)
    },
    scopes: SCOPES,
    renewal: { issuer: secureUrl },
    clock: () => Date.now() + aheadMs,
  })
})
after(async () => {
  source.close()
  await server.close()
  await at.store.close()
})

/** Waits for the certificate that replaces the one of now, by a clock that is ahead. */
async function renewed(days: number): Promise<KeyAndCertificate> {
  const { promise, resolve } = Promise.withResolvers<KeyAndCertificate>()
  const stop = source.onChange(resolve)
  aheadMs = days * DAY_MS
  await source.current()
  const changed = await promise
  stop()
  aheadMs = 0
  return changed
}

const spiffeOf = ({ cert }: KeyAndCertificate): string =>
  String(new X509Certificate(cert).subjectAltName).replace('URI:', '')

describe('a client of the authority that renews itself', () => {
  test('gets its certificate by an API key, calls with it, and renews by the certificate alone', async () => {
    const first = await source.current()
    const call = mtls(source)
    const served = await (await call(`${secureUrl}/orders`)).text()
    assert.match(served, /^mtls \w+$/)
    const second = await renewed(0.6)
    assert.notEqual(second.serial, first.serial)
    assert.equal(spiffeOf(second), spiffeOf(first))
    assert.equal(await (await call(`${secureUrl}/orders`)).text(), served)
    assert.deepEqual(methods, ['api-key'])
  })

  test('serves others with it, by its SPIFFE id, over a renewal', async () => {
    const options = { requestCert: true, rejectUnauthorized: true }
    const peer = createServer(options, (_, response) => response.end('hello'))
    const stop = await keepServerCertificate(peer, source)
    peer.listen(0, '127.0.0.1')
    await once(peer, 'listening')
    // A server that listens on a port has an address of this form.
    const { port } = peer.address() as AddressInfo
    const call = mtls(source, { serverIdentity: spiffeOf(await source.current()) })
    const other = mtls(source, { serverIdentity: 'spiffe://example.org/default/service/other' })
    assert.equal(await (await call(`https://127.0.0.1:${port}`)).text(), 'hello')
    await renewed(0.8)
    assert.equal(await (await call(`https://127.0.0.1:${port}`)).text(), 'hello')
    await assert.rejects(other(`https://127.0.0.1:${port}`), TypeError)
    stop()
    peer.closeAllConnections()
    peer.close()
  })
})
