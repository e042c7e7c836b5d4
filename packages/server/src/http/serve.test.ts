import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import {
  addClient,
  basicAuth,
  openAuthority,
  serveLocally,
  type TestAuthority,
} from '../testing/authority.ts'
import { ListenError } from './listen-error.ts'
import { serve, type AuthorityServer, type ServeOptions } from './serve.ts'

interface Served extends TestAuthority {
  readonly server: AuthorityServer
}

async function start(t: TestContext, options: Partial<ServeOptions> = {}): Promise<Served> {
  const at = await openAuthority()
  const server = await serve(at.authority, {
    port: 0,
    metrics: { port: 0 },
    drainSeconds: 2,
    ...options,
  })
  t.after(async () => {
    await server.close()
    await at.close()
  })
  return { ...at, server }
}

test('listens on loopback unless it is told otherwise', async (t) => {
  const { server } = await start(t)
  assert.equal(new URL(server.url).hostname, '127.0.0.1')
  assert.equal(new URL(server.metricsUrl ?? '').hostname, '127.0.0.1')
})

test('says which port is busy in one sentence, and leaves nothing open', async (t) => {
  const { server, authority } = await start(t)
  const port = Number(new URL(server.url).port)
  await assert.rejects(serve(authority, { port }), (error) => {
    assert.ok(error instanceof ListenError)
    assert.equal(error.code, 'EADDRINUSE')
    assert.match(error.message, new RegExp(`^127.0.0.1:${port} is in use by another process`))
    return true
  })
  const other = await openAuthority()
  t.after(() => other.close())
  // The metrics port is the busy one: the main listener must not stay.
  await assert.rejects(serve(other.authority, { port: 0, metrics: { port } }), ListenError)
})

test('is alive and ready, and says what is missing when it is not', async (t) => {
  const { server, authority } = await start(t)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.deepEqual(await (await fetch(`${server.url}/readyz`)).json(), { status: 'ready' })
  authority.drain()
  const response = await fetch(`${server.url}/readyz`)
  assert.equal(response.status, 503)
  assert.deepEqual(await response.json(), { status: 'not-ready', reasons: ['closing'] })
})

test('is not ready when the store is gone, and answers 503 where it needs it', async (t) => {
  const { server, store, authority } = await start(t)
  const client = await addClient({ authority })
  await store.close()
  const ready = await fetch(`${server.url}/readyz`)
  assert.equal(ready.status, 503)
  const answer = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: basicAuth(client) },
  })
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.match(await answer.text(), /"temporarily_unavailable"/)
})

test('shows metrics on their own listener only, without ids', async (t) => {
  const { server, authority } = await start(t)
  const client = await addClient({ authority })
  await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: basicAuth(client) },
  })
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404)
  const response = await fetch(server.metricsUrl ?? '')
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
  const text = await response.text()
  assert.match(text, /countersign_tokens_issued_total\{grant="client_credentials",format="jwt"\} 1/)
  assert.match(
    text,
    /countersign_request_duration_seconds_count\{route="\/oauth\/token",status="200"\} 1/,
  )
  assert.match(text, /countersign_feed_age_seconds 0/)
  assert.ok(!text.includes(client.id))
})

test('hands what is not its own to the fallback, with the peer of the connection', async (t) => {
  const { server } = await start(t, {
    fallback: (request, { remoteAddress }) =>
      Response.json({ path: new URL(request.url).pathname, remoteAddress }),
  })
  const seen = await (await fetch(`${server.url}/demo/whoami`)).json()
  assert.deepEqual(seen, { path: '/demo/whoami', remoteAddress: '127.0.0.1' })
  assert.equal((await fetch(`${server.url}/oauth/jwks`)).status, 200)
})

test('answers problem+json for a path that nobody has', async (t) => {
  const { server } = await start(t)
  const response = await fetch(`${server.url}/nothing`)
  assert.equal(response.status, 404)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
})

test('serves the management API below /v1 and below the base of a tenant', async (t) => {
  const { server } = await start(t)
  assert.equal((await fetch(`${server.url}/v1/openapi.json`)).status, 200)
  assert.equal((await fetch(`${server.url}/v1/keys`)).status, 401)
  assert.equal((await fetch(`${server.url}/t/acme/v1/keys`)).status, 401)
})

test('finishes a request under way when it closes, and accepts no other', async () => {
  const at = await openAuthority()
  const client = await addClient(at)
  const server = await serveLocally(at.authority)
  const pending = httpRequest(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: basicAuth(client),
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '29',
    },
  })
  pending.write('grant_type=client')
  await once(pending, 'socket')
  await untilAccepted(server.url)
  const closing = server.close()
  pending.end('_credentials')
  const [response] = await once(pending, 'response')
  assert.equal(response.statusCode, 200)
  response.resume()
  await closing
  await assert.rejects(fetch(`${server.url}/healthz`))
  await at.close()
})

/** A full round trip after the pending request was written: the server has accepted it. */
const untilAccepted = async (url: string): Promise<void> => {
  await (await fetch(`${url}/healthz`)).text()
}

test('cuts a request that does not finish within the drain time', async () => {
  const at = await openAuthority()
  const server = await serve(at.authority, { port: 0, drainSeconds: 0.05 })
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const type = 'content-type: application/x-www-form-urlencoded'
  socket.write(`POST /oauth/token HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 10\r\n\r\n`)
  await untilAccepted(server.url)
  socket.resume()
  const gone = once(socket, 'close')
  await server.close()
  await gone
  await at.close()
})

test('survives clients that leave in the middle of a body', async (t) => {
  const { server, logged } = await start(t)
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const type = 'content-type: application/x-www-form-urlencoded'
  socket.write(`POST /oauth/token HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 10\r\n\r\nabc`)
  await untilAccepted(server.url)
  const gone = once(socket, 'close')
  socket.destroy()
  await gone
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.deepEqual(
    logged.filter((line) => line.includes('"level":50')),
    [],
  )
})

test('refuses two Authorization headers, which fetch cannot even send', async (t) => {
  const { server, authority } = await start(t)
  const client = await addClient({ authority })
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  const authorization = `authorization: ${basicAuth(client)}\r\n`
  socket.end(
    `POST /oauth/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${authorization}${authorization}` +
      'content-type: application/x-www-form-urlencoded\r\ncontent-length: 29\r\n\r\n' +
      'grant_type=client_credentials',
  )
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1.1 400 /)
  socket.destroy()
})

test('never logs a secret, a token or a header, whatever goes wrong (SR-501)', async (t) => {
  const { server, store, authority, logged } = await start(t)
  const client = await addClient({ authority })
  const form = { grant_type: 'client_credentials' }
  const url = `${server.url}/oauth/token`
  const send = (authorization: string): Promise<Response> =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } })
  await send(basicAuth({ ...client, secret: `${client.secret.slice(0, -1)}_` }))
  await send(basicAuth({ id: client.secret, secret: client.id }))
  await send(`Bearer ${client.secret}`)
  await fetch(`${server.url}/v1/keys?token=${client.secret}`, {
    headers: { authorization: `Bearer ${client.secret}` },
  })
  await store.close()
  await send(basicAuth(client))
  const text = logged.join('')
  assert.ok(text.includes('client authentication refused'))
  assert.ok(text.includes('request refused'))
  const [, , , secretPart = ''] = client.secret.split('_')
  assert.ok(!text.includes(secretPart.slice(0, 16)))
  assert.ok(!text.includes(basicAuth(client).slice(6, 40)))
})
