/**
 * oidc-client-ts in a real Chromium: an application without a server, on another origin than the
 * authority. What `testing/browser.ts` believes of browsers is held against one here.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { addClient } from '../../packages/server/src/testing/authority.ts'
import { LOGIN, serveOurs, type OurAuthority } from '../testing/our-target.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
const skip = CHROMIUM === undefined && 'no Chromium is installed'

/** `dist/browser` has one file without imports; the package exports only its main ones. */
const LIBRARY = createRequire(import.meta.url)
  .resolve('oidc-client-ts')
  .replace(/dist.*$/, 'dist/browser/oidc-client-ts.min.js')

const page = (issuer: string, clientId: string): string => `<!doctype html>
<title>app</title>
<script src="/oidc.js"></script>
<script>
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(issuer)},
    client_id: ${JSON.stringify(clientId)},
    redirect_uri: location.origin + '/cb',
    scope: 'openid profile orders:read',
    userStore: new oidc.WebStorageStateStore({ store: localStorage }),
    automaticSilentRenew: false,
    loadUserInfo: true,
  })
</script>`

const evaluate = async <T>(tab: Page, script: string): Promise<T> =>
  // What a script of this file answers.
  (await tab.evaluate(script)) as T

suite('oidc-client-ts in Chromium', { skip }, () => {
  let at: OurAuthority
  let app: Server
  let home: string
  let clientId = ''
  let browser: Browser
  let context: BrowserContext
  before(async () => {
    at = await serveOurs()
    const library = await readFile(LIBRARY)
    app = createServer((request, response) => {
      const isLibrary = request.url === '/oidc.js'
      response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html')
      response.end(isLibrary ? library : page(at.url, clientId))
    })
    await once(app.listen(0, '127.0.0.1'), 'listening')
    const address = app.address()
    assert.ok(typeof address === 'object' && address !== null)
    // Another site than 127.0.0.1, and a secure context all the same.
    home = `http://localhost:${address.port}`
    const settings = {
      tokenEndpointAuthMethod: 'none',
      applicationType: 'native',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [`${home}/cb`],
    } as const
    const made = await addClient(at, settings, { scopes: ['orders:*', 'profile'] })
    clientId = made.id
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
    context = await browser.newContext()
    context.setDefaultTimeout(15_000)
  })
  after(async () => {
    await browser.close()
    app.closeAllConnections()
    app.close()
    await at.close()
  })

  async function signIn(tab: Page): Promise<void> {
    await tab.goto(home)
    await tab.evaluate('void manager.signinRedirect()')
    await tab.fill('input[name=username]', LOGIN.username)
    await tab.fill('input[name=password]', LOGIN.password)
    await tab.click('main form button:not([name])')
    await tab.click('button[value=allow]')
    await tab.waitForURL(`${home}/cb?*`)
  }

  test('a page signs in with PKCE, redeems the code itself, and asks userinfo (CORS)', async () => {
    const tab = await context.newPage()
    await signIn(tab)
    const user = await evaluate<{ profile: Record<string, string>; refresh_token?: string }>(
      tab,
      'manager.signinRedirectCallback().then((user) => JSON.parse(JSON.stringify(user)))',
    )
    assert.equal(user.profile['name'], 'Alice')
    assert.equal(typeof user.refresh_token, 'string')
  })

  test('two tabs that refresh at once stay signed in, again and again (SR-022)', async () => {
    const tabs = [await context.newPage(), await context.newPage()]
    await Promise.all(tabs.map((tab) => tab.goto(home)))
    const used = new Set<string>()
    for (let round = 0; round < 4; round += 1) {
      const refreshed = tabs.map((tab) =>
        evaluate<string>(tab, 'manager.signinSilent().then((user) => user.refresh_token)'),
      )
      // oxlint-disable-next-line no-await-in-loop -- round after round
      const [one, two] = await Promise.all(refreshed)
      assert.ok(one !== undefined && two !== undefined)
      used.add(one).add(two)
    }
    const found = await evaluate<number>(
      tabs[0] ?? assert.fail(),
      `manager.getUser().then((user) => fetch(${JSON.stringify(`${at.url}/oauth/userinfo`)}, {
        headers: { authorization: 'Bearer ' + user.access_token } })).then((answer) => answer.status)`,
    )
    assert.equal(found, 200)
    assert.ok(used.size >= 4, 'nothing was rotated')
  })

  test('no script reads the authorization endpoint (SR-006), and no other origin frames a page (SR-007)', async () => {
    const tab = await context.newPage()
    await tab.goto(home)
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: `${home}/cb`,
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
      prompt: 'login',
    })
    const url = JSON.stringify(`${at.url}/oauth/authorize?${asked}`)
    const read = await evaluate<string>(tab, `fetch(${url}).then(() => 'read', () => 'refused')`)
    assert.equal(read, 'refused')
    const framed = await evaluate<string>(
      tab,
      `new Promise((resolve) => {
        const frame = document.createElement('iframe')
        frame.onload = () => { try { resolve(frame.contentWindow.location.href) } catch { resolve('blocked') } }
        frame.src = ${url}
        document.body.append(frame)
      })`,
    )
    assert.equal(framed, 'blocked')
    assert.equal(tab.frames().length, 2)
    const inside = await Promise.all(tab.frames().map((frame) => frame.content()))
    assert.ok(!inside.some((text) => text.includes('<main')), 'the page is in the frame')
  })
})
