import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Secret } from 'countersign'
import { openAuthority, type TestAuthority, type TestClient } from '../../testing/authority.ts'
import { openBrowser, type Shown, type TestBrowser } from '../../testing/browser.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
  signIn,
  type TestPerson,
} from '../../testing/people.ts'

const PROVIDER = 'https://login.example.org'
const CALLBACK = 'https://auth.example.com/oauth/provider/callback'

let provider: TestAuthority
let at: TestAuthority
let client: TestClient
let ada: TestPerson

/** The provider is an authority too, with the clock of the day: its ID tokens are checked by it. */
before(async () => {
  provider = await openAuthority({ issuer: PROVIDER, clock: Date.now })
  const registered = await addWebClient(provider, { redirectUris: [CALLBACK], consent: 'trusted' })
  ada = await addUser(provider, 'ada')
  at = await openAuthority({
    signIn: {
      providers: [
        {
          id: 'example',
          name: 'Example Login',
          issuer: PROVIDER,
          clientId: registered.id,
          clientSecret: new Secret(registered.secret),
          scope: 'openid',
          people: { create: { scopes: ['orders:*'] } },
          fetch: (url, options) => provider.authority.fetch(new Request(url, options)),
        },
      ],
    },
  })
  client = await addWebClient(at)
})
after(async () => {
  await at.close()
  await provider.close()
})

const linkOf = ({ links }: Shown): string =>
  links.find((link) => link.startsWith('/oauth/provider?')) ?? ''

const atProvider = (request: Request): Promise<Response> =>
  provider.authority.fetch(request, { remoteAddress: '192.0.2.8' })

/** Signs in at the provider, and answers where it sends the browser back to. */
async function throughProvider(away: Shown): Promise<URL> {
  const there = openBrowser(atProvider, PROVIDER)
  const back = await signIn(there, await there.open(away.url), ada)
  assert.equal(back.elsewhere, true)
  return back.url
}

const begin = async (browser: TestBrowser, parameters = {}): Promise<Shown> => {
  const page = await browser.open(authorizeUrl({ client, parameters }))
  return browser.open(linkOf(page))
}

void describe('an OpenID provider', () => {
  void test('signs people in: known by issuer and subject, made once', async () => {
    const browser = browserOf(at)
    const away = await begin(browser)
    assert.equal(away.url.origin, PROVIDER)
    const { code_challenge_method: method, nonce, state } = answerOf(away)
    assert.deepEqual([method, nonce?.length, state === undefined], ['S256', 43, false])
    const consent = await browser.open(await throughProvider(away))
    const end = await browser.submit(consent, { button: 'decision=allow' })
    assert.equal('code' in answerOf(end), true)
    const again = browserOf(at)
    const straight = await again.open(await throughProvider(await begin(again)))
    assert.equal('code' in answerOf(straight), true)
    const { items } = await at.store.principals.list({ tenant: 'default', kind: 'user', limit: 10 })
    assert.deepEqual(
      items.map(({ username }) => username?.startsWith(`${PROVIDER}#`)),
      [true],
    )
  })

  void test('its answer is of use in the browser alone that left (login CSRF)', async () => {
    const url = await throughProvider(await begin(browserOf(at)))
    const victim = browserOf(at)
    await victim.open(authorizeUrl({ client }))
    const shown = await victim.open(url)
    assert.deepEqual([shown.status, victim.jar.cookies.has('__Host-cs_session')], [403, false])
  })

  void test('its answer is used once', async () => {
    const browser = browserOf(at)
    const url = await throughProvider(await begin(browser, { prompt: 'login' }))
    await browser.open(url)
    browser.jar.drop('__Host-cs_session')
    await browser.open(url)
    assert.equal(browser.jar.cookies.has('__Host-cs_session'), false)
  })

  const changes: readonly (readonly [string, (url: URL) => void])[] = [
    ['another state', (url) => url.searchParams.set('state', `${url.searchParams.get('state')}x`)],
    ['another code', (url) => url.searchParams.set('code', 'made-up')],
    [
      'another issuer (mix-up, RFC 9207)',
      (url) => url.searchParams.set('iss', 'https://evil.example'),
    ],
    ['no issuer', (url) => url.searchParams.delete('iss')],
    ['an error', (url) => url.searchParams.set('error', 'access_denied')],
  ]
  for (const [title, change] of changes) {
    void test(`${title} signs nobody in, and the sign-in page is there again`, async () => {
      const browser = browserOf(at)
      const url = await throughProvider(await begin(browser, { prompt: 'login' }))
      change(url)
      assert.match((await browser.open(url)).title, /Sign in/)
      assert.equal(browser.jar.cookies.has('__Host-cs_session'), false)
    })
  }

  void test('a provider that is not configured is none', async () => {
    const browser = browserOf(at)
    const page = await browser.open(authorizeUrl({ client }))
    const shown = await browser.open(linkOf(page).replace('provider=example', 'provider=evil'))
    assert.equal(shown.status, 403)
  })
})
