/**
 * The code flow in a real browser: what a test of headers cannot show, namely that Chromium takes the
 * cookies, lets the forms through its policy, and arrives at the client (ADR 0011).
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { requestListener } from '../http/serve.ts'
import { openAuthority, type TestAuthority, type TestClient } from '../testing/authority.ts'
import { pkce } from '../testing/grants.ts'
import {
  addUser,
  addWebClient,
  authorizeUrl,
  CALLBACK,
  redeem,
  type TestPerson,
} from '../testing/people.ts'
import { tlsCa, tlsHolder } from '../testing/tls.ts'

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const skip = existsSync(PROGRAM) ? false : `there is no ${PROGRAM}; name one in CHROMIUM`
const ISSUER = 'https://auth.example.com'

let at: TestAuthority
let client: TestClient
let alice: TestPerson
let server: Server
let program: Browser
let context: BrowserContext

before(async () => {
  if (skip !== false) return
  at = await openAuthority()
  client = await addWebClient(at)
  alice = await addUser(at, 'alice')
  const { keyPem, pem } = await tlsHolder(await tlsCa(), { dns: ['localhost'] })
  const authority = requestListener(at.authority)
  server = createServer({ key: keyPem, cert: pem }, (request, response) => {
    if (request.headers.host === 'auth.example.com') return authority(request, response)
    return response.end('arrived')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  program = await chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', `--host-resolver-rules=MAP *:443 127.0.0.1:${port}`],
  })
  context = await program.newContext({ ignoreHTTPSErrors: true })
})
after(async () => {
  if (skip !== false) return
  await program.close()
  server.closeAllConnections()
  server.close()
  await at.close()
})

test('sign in, agree, code, token; revoked on the account page', {
  skip,
}, async () => {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const blocked: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') blocked.push(message.text())
  })
  const proof = pkce()
  const parameters = { scope: 'orders:read offline_access' }
  await page.goto(ISSUER + authorizeUrl({ client, pkce: proof, parameters }))
  await page.getByLabel('Username').fill(alice.username)
  await page.getByLabel('Password').fill(alice.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL(`${CALLBACK}?*`)
  const code = new URL(page.url()).searchParams.get('code') ?? ''
  const { body } = await redeem(at, client, { code, verifier: proof.verifier })
  assert.equal(typeof body['refresh_token'], 'string')

  await page.goto(ISSUER + authorizeUrl({ client, parameters }))
  assert.match(page.url(), /^https:\/\/app\.example\.com\/cb\?code=/)

  await page.goto(`${ISSUER}/account`)
  await page.locator('button[name=revoke_grant]').click()
  await page.getByRole('status').waitFor()
  const grants = await at.store.tokens.listGrants({ tenant: 'default', principalId: alice.id })
  assert.deepEqual(grants, [])
  assert.deepEqual(blocked, [])

  const cookies = await context.cookies(ISSUER)
  for (const { name, secure, httpOnly, sameSite } of cookies) {
    assert.match(name, /^__Host-cs_(?:browser|session)$/)
    assert.deepEqual([secure, httpOnly, sameSite], [true, true, 'Lax'])
  }
  assert.equal(cookies.length, 2)
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await page.waitForLoadState()
  assert.equal((await context.cookies(ISSUER)).length, 1)
})
