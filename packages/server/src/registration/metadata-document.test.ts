import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { pkce } from '../testing/grants.ts'
import { addApiKey, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import { handCa } from '../testing/tls.ts'
import { findClient } from '../authorization/client.ts'
import type { Services } from '../services.ts'
import { rememberClient } from './known-client.ts'
import { metadataDocuments } from './metadata-documents.ts'

let server: Server
let port: number
let requests = 0
let at: TestAuthority

const terms = { scopes: ['orders:read'], audiences: ['https://api.example.com'] }
const urlOf = (path = '/client', host = 'localhost'): string => `https://${host}:${port}${path}`

before(async () => {
  const ca = await handCa(() => Math.floor(Date.now() / 1000))
  const own = await ca.host()
  setDefaultCACertificates([...getCACertificates(), ca.root])
  server = createServer({ key: own.keyPem, cert: own.pem }, (request, response) => {
    requests += 1
    const path = request.url ?? ''
    if (path === '/moved') return response.writeHead(302, { location: '/client' }).end()
    const document = {
      client_id: `https://${request.headers.host ?? ''}${path}`,
      client_name: 'App',
      redirect_uris: ['https://app.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      ...(path === '/large' ? { x: 'x'.repeat(20_000) } : {}),
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has such an address.
  port = (server.address() as AddressInfo).port
  at = await openAuthority({
    clientIdMetadataDocuments: terms,
    allowPrivateHosts: ['localhost'],
  })
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await at.close()
})

const push = (clientId: string, to = at): Promise<Response> =>
  postForm(to, '/oauth/par', {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'https://app.example/cb',
    scope: 'orders:read',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  })

/** The context of an authority is what its endpoints stand on. */
const services = (): Services => at.authority.context as Services
const tenant = () => ({ id: 'default', issuer: at.authority.issuer })

void describe('a client that is a URL', () => {
  void test('asks for what the operator allows such clients, and for no more', async () => {
    assert.equal((await push(urlOf())).status, 201)
    const wide = await postForm(at, '/oauth/par', { client_id: urlOf(), scope: 'admin' })
    assert.equal(wide.status, 400)
  })

  for (const path of ['/moved', '/large', '/']) {
    void test(`is unknown where its document is at ${path}`, async () => {
      assert.equal((await push(urlOf(path))).status, 401)
    })
  }

  void test('is unknown where the operator did not ask for such clients', async () => {
    const other = await openAuthority({ allowPrivateHosts: ['localhost'] })
    const asked = requests
    assert.equal((await push(urlOf(), other)).status, 401)
    assert.equal(requests, asked)
    await other.close()
  })

  void test('nobody has it fetched from the local network, by address or by name (SR-056)', async () => {
    const asked = requests
    const documents = metadataDocuments({
      options: terms,
      profile: at.authority.context.profile,
      outbound: { allowPrivateHosts: [], allowHttp: false },
      clock: at.clock.read,
    })
    // The last one is a name like any other, that happens to resolve to an address of this machine.
    for (const host of ['localhost', '127.0.0.1', '[::1]', hostname().toLowerCase()]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, to count
      assert.equal(await documents.find(urlOf('/client', host)), undefined, host)
    }
    assert.equal(requests, asked)
  })

  void test('leaves no record until somebody grants it something; then it can be revoked', async () => {
    const url = urlOf('/granted')
    const found = await findClient(services(), tenant(), url)
    assert.ok(found !== undefined)
    assert.equal(await at.store.principals.find('default', url), undefined)
    const now = at.clock.now()
    await at.store.transaction((session) => rememberClient(session, found, now))
    await at.store.transaction((session) => rememberClient(session, found, now))
    const page = await at.store.principals.list({ tenant: 'default', kind: 'client', limit: 10 })
    assert.deepEqual(
      page.items.map(({ id, client }) => [id, client?.origin]),
      [[url, 'metadata-document']],
    )
    const { key } = await addApiKey(at, ['countersign:clients:write'])
    const request = new Request(`https://auth.example.com/v1/clients/${encodeURIComponent(url)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    })
    const ended = await at.authority.fetch(request, { remoteAddress: '192.0.2.7' })
    assert.equal(ended.status, 204)
    assert.equal(await findClient(services(), tenant(), url), undefined)
    assert.equal((await push(url)).status, 401)
  })

  void test('a record follows its document', async () => {
    const url = urlOf('/changing')
    const found = await findClient(services(), tenant(), url)
    assert.ok(found !== undefined)
    const older = { ...found, principal: { ...found.principal, name: 'Old' } }
    await at.store.transaction((session) => rememberClient(session, older, 1))
    await at.store.transaction((session) => rememberClient(session, found, 2))
    const record = await at.store.principals.find('default', url)
    assert.deepEqual([record?.name, record?.createdAt], ['App', 1])
  })
})
