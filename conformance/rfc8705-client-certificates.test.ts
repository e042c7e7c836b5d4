/** RFC 8705 §2: clients that prove themselves by the certificate of their connection, over TLS. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
  TlsClientAuth,
  type AuthorizationServer,
  type Client,
} from 'oauth4webapi'
import {
  allowInsecureRequests as allowInsecure,
  clientCredentialsGrant,
  customFetch as fetchOf,
  discovery,
  TlsClientAuth as ByCertificate,
} from 'openid-client'
import type { ClientSettings } from '../packages/server/src/model/client-settings.ts'
import { addClient } from '../packages/server/src/testing/authority.ts'
import { scratchFolder } from '../packages/server/src/testing/scratch.ts'
import { tlsCa, tlsClient, tlsHolder, type TlsHolder } from '../packages/server/src/testing/tls.ts'
import { discover, LOOPBACK, startAuthority, type Served } from './support.ts'

const SPIFFE = 'spiffe://example.org/default/service/billing'

let ca: Awaited<ReturnType<typeof tlsCa>>
let at: Served
let as: AuthorizationServer
let billing: TlsHolder
let other: TlsHolder
const opened: { close(): void }[] = []

before(async () => {
  ca = await tlsCa()
  const host = await tlsHolder(ca, { dns: ['localhost'] })
  billing = await tlsHolder(ca, { spiffe: SPIFFE, dns: [] })
  other = await tlsHolder(ca, { spiffe: `${SPIFFE}-2`, dns: [] })
  const folder = scratchFolder()
  const secure = { certificate: join(folder, 'host.pem'), key: join(folder, 'host.key') }
  writeFileSync(secure.certificate, host.pem)
  writeFileSync(secure.key, host.keyPem)
  const anchors = [{ name: 'ca', certificate: ca.certificate, state: 'active' as const }]
  const clientCertificates = { trust: [{ trustDomain: ca.trustDomain, anchors }] }
  at = await startAuthority({ noReplayFence: true }, { clientCertificates, secure })
  as = await discover(at.url)
})
after(async () => {
  for (const client of opened) client.close()
  await at.close()
})

/** A fetch whose connections have a certificate. */
function over(certificate: TlsHolder | undefined) {
  return async (
    url: string,
    { method, headers, body }: { method?: string; headers?: HeadersInit; body?: unknown },
  ): Promise<Response> => {
    if (url.startsWith('http:')) return fetch(url)
    const client = tlsClient(url, ca.pem, { certificate })
    opened.push(client)
    const fields = Object.fromEntries(new Headers(headers).entries())
    const text = body instanceof URLSearchParams ? body.toString() : ''
    const answer = await client.send(url, { method: method ?? 'GET', headers: fields, body: text })
    const type = { 'content-type': String(answer.headers['content-type']) }
    return new Response(answer.body, { status: answer.status, headers: type })
  }
}

const register = async (settings: Partial<ClientSettings>): Promise<Client> => {
  const { id } = await addClient(at, settings)
  return { client_id: id, use_mtls_endpoint_aliases: true }
}

async function ask(client: Client, certificate: TlsHolder | undefined): Promise<number> {
  const options = { ...LOOPBACK, [customFetch]: over(certificate) }
  const answer = await clientCredentialsGrantRequest(as, client, TlsClientAuth(), {}, options)
  if (answer.status !== 200) return answer.status
  const { access_token: token } = await processClientCredentialsResponse(as, client, answer)
  return token === '' ? 0 : 200
}

test('discovery names where clients with certificates connect (§5)', () => {
  const aliases = as.mtls_endpoint_aliases ?? {}
  assert.match(String(aliases.token_endpoint), /^https:\/\/localhost:\d+\/oauth\/token$/)
  assert.match(String(aliases.revocation_endpoint), /^https:.*\/oauth\/revoke$/)
})

test('oauth4webapi gets a token with tls_client_auth and its own certificate only (SR-039)', async () => {
  const client = await register({
    tokenEndpointAuthMethod: 'tls_client_auth',
    tlsClientName: { kind: 'san_uri', value: SPIFFE },
    certificateBoundAccessTokens: true,
  })
  assert.equal(await ask(client, billing), 200)
  assert.equal(await ask(client, other), 401)
  assert.equal(await ask(client, undefined), 401)
})

test('oauth4webapi gets a token with a registered certificate (SR-039)', async () => {
  const { publicKey, raw } = new X509Certificate(billing.pem)
  const jwk = { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] }
  const client = await register({
    tokenEndpointAuthMethod: 'self_signed_tls_client_auth',
    jwks: { keys: [jwk] },
  })
  assert.equal(await ask(client, billing), 200)
  assert.equal(await ask(client, other), 401)
})

test('openid-client gets a token with tls_client_auth', async () => {
  const { client_id: id } = await register({
    tokenEndpointAuthMethod: 'tls_client_auth',
    tlsClientName: { kind: 'san_uri', value: SPIFFE },
  })
  const metadata = { use_mtls_endpoint_aliases: true }
  const options = { execute: [allowInsecure], [fetchOf]: over(billing) }
  const config = await discovery(new URL(at.url), id, metadata, ByCertificate(), options)
  assert.ok((await clientCredentialsGrant(config)).access_token)
})
