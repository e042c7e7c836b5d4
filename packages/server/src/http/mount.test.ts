/** The authority inside other applications: same answers, whoever carries the request. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { requestView } from 'countersign/testing'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { Hono } from 'hono'
import {
  addClient,
  basicAuth,
  openAuthority,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { requestListener } from './serve.ts'

const ISSUER = 'https://app.example.com/auth'

async function open(t: TestContext): Promise<TestAuthority & { readonly client: TestClient }> {
  const at = await openAuthority({ issuer: ISSUER })
  t.after(() => at.close())
  return { ...at, client: await addClient(at) }
}

const tokenRequest = (url: string, client: TestClient): Request =>
  new Request(url, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: basicAuth(client) },
  })

test('answers below the path of its issuer, and when a framework has cut that path off', async (t) => {
  const { authority, client } = await open(t)
  for (const base of ['https://app.example.com/auth', 'https://app.example.com']) {
    // oxlint-disable-next-line no-await-in-loop -- two requests
    const response = await authority.fetch(tokenRequest(`${base}/oauth/token`, client))
    assert.equal(response.status, 200, base)
  }
})

test('has its metadata at the path-inserted address of its issuer (RFC 8414 §3.1)', async (t) => {
  const { authority } = await open(t)
  const url = 'https://app.example.com/.well-known/oauth-authorization-server/auth'
  const metadata: unknown = await (await authority.fetch(new Request(url))).json()
  assert.ok(typeof metadata === 'object' && metadata !== null && 'issuer' in metadata)
  assert.equal(metadata.issuer, ISSUER)
})

test('is mounted in a Hono application beside its routes', async (t) => {
  const { authority, client } = await open(t)
  const app = new Hono()
  app.get('/hello', (c) => c.text('hello'))
  app.mount('/auth', (request) => authority.fetch(request))
  const url = 'https://app.example.com/auth/oauth/token'
  assert.equal((await app.fetch(tokenRequest(url, client))).status, 200)
  assert.equal(await (await app.request('/hello')).text(), 'hello')
})

test('is mounted in an Express application beside its routes', async (t) => {
  const { authority, client } = await open(t)
  const app = express()
  app.use('/auth', requestListener(authority))
  app.get('/hello', (_, response) => {
    response.send('hello')
  })
  const server = app.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  // A TCP listener.
  const { port } = server.address() as AddressInfo
  const base = `http://127.0.0.1:${port}`
  assert.equal((await fetch(tokenRequest(`${base}/auth/oauth/token`, client))).status, 200)
  assert.equal((await fetch(`${base}/auth/v1/openapi.json`)).status, 200)
  assert.equal(await (await fetch(`${base}/hello`)).text(), 'hello')
})

test('a desk accepts what the authority issued, in the same process', async (t) => {
  const { authority, client } = await open(t)
  const response = await authority.fetch(tokenRequest(`${ISSUER}/oauth/token`, client))
  // The token response of RFC 6749 §5.1.
  const { access_token: token } = (await response.json()) as { access_token: string }
  const ask = (audience: string) =>
    authority
      .desk({ audience })
      .guard()
      .check(requestView({ headers: [['authorization', `Bearer ${token}`]] }), {
        scopes: ['orders:read'],
      })
  const allowed = await ask('https://api.example.com')
  assert.equal(allowed.outcome === 'allowed' && allowed.principal.id, client.id)
  const refused = await ask('https://elsewhere.example.com')
  assert.equal(refused.outcome === 'refused' && refused.reason, 'jwt.audience-mismatch')
})
