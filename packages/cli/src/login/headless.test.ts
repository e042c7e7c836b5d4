import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { CliError } from '../exit.ts'
import { walkPages } from './headless.ts'

const ALICE = { username: 'alice', password: 'secret' }
const seen: string[] = []
let server: Server
let origin: string

const FORM =
  '<form method="post" action="/in"><input name="username"><input name="password"></form>'
const AWAY = 'http://127.0.0.1:9/callback?code=c'

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.toArray()).join('')
  seen.push(`${request.method ?? ''} ${request.url ?? ''} ${body} ${request.headers.cookie ?? ''}`)
  if (request.url === '/loop') response.end('<form method="post" action="/loop"></form>')
  else if (request.url === '/no') response.writeHead(403).end('')
  else if (request.url === '/elsewhere') response.writeHead(303, { location: AWAY }).end()
  else if (request.method === 'POST')
    response.end(`<meta http-equiv="refresh" content="0;url=${AWAY}">`)
  else response.writeHead(200, { 'set-cookie': '__Host-x=1; Secure; Path=/' }).end(FORM)
}

before(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const walk = (path: string) =>
  walkPages(new URL(path, origin), ALICE, AbortSignal.timeout(10_000)).then((url) => url?.href)

test('signs in, carries its cookie, and answers where the pages lead', async () => {
  assert.equal(await walk('/'), AWAY)
  assert.equal(seen.at(-1), 'POST /in username=alice&password=secret __Host-x=1')
})

test('sends nothing to another origin', async () => {
  const count = seen.length
  assert.equal(await walk('/elsewhere'), AWAY)
  assert.equal(seen.length, count + 1)
})

test('pages that come back, and refusals, are errors with an exit code', async () => {
  await assert.rejects(
    walk('/loop'),
    (error) => error instanceof CliError && error.code === 'refused',
  )
  await assert.rejects(
    walk('/no'),
    (error) => error instanceof CliError && error.code === 'refused',
  )
})
