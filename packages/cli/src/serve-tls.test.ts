import assert from 'node:assert/strict'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createAuthority, type Authority } from '@countersign/server'
import { openSqlite } from '@countersign/server/sqlite'
import { Secret } from 'countersign'
import { EXIT } from './exit.ts'
import { runHere } from './testing/in-process.ts'
import { stop, waitForLine } from './testing/running.ts'
import { start, temporaryFolder } from './testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
let issuing: Authority
let bundle = ''
let server: ChildProcessWithoutNullStreams
let url = ''

const secret = (): Secret => new Secret(randomBytes(32).toString('base64url'))

/** Another authority, whose CA stands for a public one. */
before(async () => {
  issuing = await createAuthority({
    issuer: 'https://ca.example.com',
    store: await openSqlite({ path: ':memory:' }),
    secrets: { peppers: new Map([[1, secret()]]), keks: new Map([[1, secret()]]) },
    certificates: { trustDomain: 'ca.example.com', dnsDomains: ['localhost'] },
  })
  const list = await issuing.fetch(new Request('https://ca.example.com/certificates/bundle.pem'))
  bundle = await list.text()
  await writeHost()
  const initialised = await runHere(['init'], { folder })
  assert.equal(initialised.code, 0, initialised.stderr)
  const files = ['--tls-certificate', 'host.pem', '--tls-key', 'host.key']
  server = start(['serve', '--port', '0', '--json', ...files], { folder })
  url = JSON.parse(await waitForLine(server)).url
})
after(async () => {
  server.kill('SIGKILL')
  await issuing.close()
  temporary.dispose()
})

async function writeHost(): Promise<void> {
  const made = await issuing.certificates?.issueForServer(['localhost'])
  assert.ok(made)
  for (const [name, text] of [
    ['host.key', made.privateKey],
    ['host.pem', made.chain],
  ] as const) {
    writeFileSync(join(folder, 'new'), text, { mode: 0o600 })
    renameSync(join(folder, 'new'), join(folder, name))
  }
}

/** Serial number of the certificate that a new connection is shown, once it was verified. */
async function serial(): Promise<string> {
  const request = get(`${url}/healthz`, { ca: bundle, servername: 'localhost', agent: false })
  // `once` does not know the events of a request.
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  response.resume()
  // Requests of node:https have TLS sockets.
  return (response.socket as TLSSocket).getPeerCertificate().serialNumber
}

test('serve listens with TLS, and names itself by https', async () => {
  assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
  assert.ok((await serial()) !== '')
})

test('serve tells a client that came with plain http', async () => {
  const response = await fetch(url.replace('https:', 'http:'))
  assert.equal(response.status, 400)
  assert.match(await response.text(), /"code":"https-required"/)
})

test('SIGHUP makes it serve the certificate that is in the files by now', async () => {
  const first = await serial()
  await writeHost()
  server.kill('SIGHUP')
  const deadline = performance.now() + 10_000
  // oxlint-disable-next-line no-await-in-loop -- until it has noticed
  while ((await serial()) === first) assert.ok(performance.now() < deadline, 'still the old one')
})

test('SIGTERM ends it as ever', async () => {
  assert.equal(await stop(server, 'SIGTERM'), EXIT.ok)
})

test('half a certificate, or none, is one sentence', async () => {
  const half = await runHere(['serve', '--port', '0', '--tls-key', 'host.key'], { folder })
  assert.equal(half.code, EXIT.usage, half.stderr)
  assert.match(half.stderr, /name both certificate and key/)
  const files = ['--tls-certificate', 'nowhere.pem', '--tls-key', 'host.key']
  const missing = await runHere(['serve', '--port', '0', ...files], { folder })
  assert.notEqual(missing.code, EXIT.ok)
  assert.match(missing.stderr, /nowhere\.pem/)
  assert.equal(missing.stderr.trim().split('\n').length, 1, missing.stderr)
})
