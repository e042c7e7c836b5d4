import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import type { ClientSettings } from '../model/client-settings.ts'
import { ATTACKED_RETURN, RETURN_ATTACKS } from '../oidc/attacks.ts'
import {
  addTenant,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import type { Shown, TestBrowser } from '../testing/browser.ts'
import { giveCode, pkce } from '../testing/grants.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
  redeem,
  signIn,
  type TestPerson,
} from '../testing/people.ts'

const SETTINGS: Partial<ClientSettings> = {
  consent: 'trusted',
  postLogoutRedirectUris: [ATTACKED_RETURN],
}

let at: TestAuthority
let client: TestClient
let alice: TestPerson
let bob: TestPerson
before(async () => {
  at = await openAuthority()
  client = await addWebClient(at, SETTINGS)
  alice = await addUser(at, 'alice')
  bob = await addUser(at, 'bob')
})
after(() => at.close())

/** A browser with somebody signed in, and the tokens that the client got. */
interface SignedIn {
  readonly browser: TestBrowser
  readonly idToken: string
  readonly accessToken: string
}

async function arrive(
  person = alice,
  { by = client, scope = 'openid orders:read', base = '' } = {},
): Promise<SignedIn> {
  const browser = browserOf(at)
  const proof = pkce()
  const url = authorizeUrl({ client: by, pkce: proof, parameters: { scope }, base })
  const end = await signIn(browser, await browser.open(url), person)
  const { code = '' } = answerOf(end)
  const { body } = await redeem(at, by, { code, verifier: proof.verifier })
  return { browser, idToken: body['id_token'] ?? '', accessToken: body['access_token'] ?? '' }
}

const logoutUrl = (parameters: Readonly<Record<string, string>>): string =>
  `/oauth/logout?${new URLSearchParams(parameters).toString()}`

/** Whether somebody is signed in: a client that is trusted gets a code at once. */
async function isSignedIn(browser: TestBrowser): Promise<boolean> {
  const end = await browser.open(authorizeUrl({ client, parameters: { prompt: 'none' } }))
  return 'code' in answerOf(end)
}

const asksFirst = ({ forms }: Shown): boolean =>
  forms.some(({ buttons }) => buttons.includes('decision=sign_out'))

void describe('a sign-out that an application asks for', () => {
  void test('with the ID token of this session nobody is asked, and the browser goes back', async () => {
    const { browser, idToken } = await arrive()
    const end = await browser.open(
      logoutUrl({
        id_token_hint: idToken,
        post_logout_redirect_uri: ATTACKED_RETURN,
        state: 'a b&c',
      }),
    )
    assert.equal(end.url.href, `${ATTACKED_RETURN}?state=a+b%26c`)
    assert.equal(await isSignedIn(browser), false)
    assert.equal(browser.jar.cookies.has('__Host-cs_session'), false)
  })

  void test('an ID token that has expired is as good a hint', async () => {
    const { browser, idToken } = await arrive()
    at.clock.pass(3600)
    const end = await browser.open(logoutUrl({ id_token_hint: idToken }))
    assert.match(end.title, /You are signed out/)
    assert.equal(await isSignedIn(browser), false)
  })

  void test('with offline_access the ID token has no sid, and the moment of the sign-in will do', async () => {
    const { browser, idToken } = await arrive(alice, { scope: 'openid offline_access' })
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    assert.equal(await isSignedIn(browser), false)
  })

  void test('the grants of the session end with it: its refresh tokens are worth nothing', async () => {
    const { browser, idToken } = await arrive()
    const had = await at.store.tokens.listGrants({ tenant: 'default', principalId: alice.id })
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    const left = await at.store.tokens.listGrants({ tenant: 'default', principalId: alice.id })
    assert.equal(left.length, had.length - 1)
  })

  void test('a client that wants to hear of it keeps its grant as long as a session lives', async () => {
    const settings = { ...SETTINGS, grantTypes: ['authorization_code'] }
    const deaf = await addWebClient(at, settings)
    const backchannelLogoutUri = 'https://app.example.com/backchannel'
    const listens = await addWebClient(at, { ...settings, backchannelLogoutUri })
    const lives = []
    for (const by of [deaf, listens]) {
      // oxlint-disable-next-line no-await-in-loop -- two sign-ins
      await arrive(alice, { by })
      // oxlint-disable-next-line no-await-in-loop -- see above
      const [grant] = await at.store.tokens.listGrants({ tenant: 'default', clientId: by.id })
      lives.push((grant?.expiresAt ?? 0) - at.clock.now())
    }
    assert.deepEqual(lives, [900, 604_800])
  })

  void test('a POST of another site is sent on to the GET, and ends the same', async () => {
    const { browser, idToken } = await arrive()
    const response = await browser.send('/oauth/logout', {
      method: 'POST',
      body: new URLSearchParams({ id_token_hint: idToken }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(response.status, 303)
    await browser.open(response.headers.get('location') ?? '')
    assert.equal(await isSignedIn(browser), false)
  })

  void test('nobody is signed in: with an ID token the browser goes back, without one there is a link', async () => {
    const { idToken } = await arrive()
    const returning = { client_id: client.id, post_logout_redirect_uri: ATTACKED_RETURN }
    const proven = await browserOf(at).open(logoutUrl({ ...returning, id_token_hint: idToken }))
    assert.equal(proven.url.href, ATTACKED_RETURN)
    const linked = await browserOf(at).open(logoutUrl(returning))
    assert.equal(linked.elsewhere, false)
    assert.ok(linked.links.includes(ATTACKED_RETURN))
  })
})

void describe('without the ID token of this session the person is asked (SR-054)', () => {
  void test('a link on a page of anybody signs nobody out', async () => {
    const { browser } = await arrive()
    const page = await browser.open('/oauth/logout')
    assert.ok(asksFirst(page))
    assert.equal(await isSignedIn(browser), true)
    const end = await browser.submit(page, { button: 'decision=sign_out' })
    assert.match(end.title, /You are signed out/)
    assert.equal(await isSignedIn(browser), false)
  })

  void test('agreeing brings the browser to the registered place, refusing leaves it signed in', async () => {
    const { browser } = await arrive()
    const url = logoutUrl({
      client_id: client.id,
      post_logout_redirect_uri: ATTACKED_RETURN,
      state: 's',
    })
    await browser.submit(await browser.open(url), { button: 'decision=stay' })
    assert.equal(await isSignedIn(browser), true)
    const end = await browser.submit(await browser.open(url), { button: 'decision=sign_out' })
    assert.equal(end.url.href, `${ATTACKED_RETURN}?state=s`)
  })

  const HINTS: readonly (readonly [string, () => Promise<string>])[] = [
    ['of another person', async () => (await arrive(bob)).idToken],
    [
      'of another session of the same person',
      async () => {
        const { idToken } = await arrive()
        at.clock.pass(1)
        return idToken
      },
    ],
    [
      'with another signature',
      async () => {
        const { idToken } = await arrive()
        return `${idToken.slice(0, -20)}${'A'.repeat(20)}`
      },
    ],
    [
      'that is an access token',
      async () => {
        const by = await addWebClient(at, { ...SETTINGS, accessTokenFormat: 'jwt' })
        return (await arrive(alice, { by })).accessToken
      },
    ],
    [
      'without a sid, of another person who signed in at the same second',
      async () => (await arrive(bob, { scope: 'openid offline_access' })).idToken,
    ],
    [
      'without a sid, of another sign-in',
      async () => {
        const { idToken } = await arrive(alice, { scope: 'openid offline_access' })
        at.clock.pass(1)
        return idToken
      },
    ],
    [
      'of an issuer that this one was before',
      async () => {
        const { idToken } = await arrive()
        const claims = { ...decodeJwt(idToken), iss: 'https://old.example.com' }
        return at.authority.context.signingKeys.sign('default', { typ: 'JWT' }, claims)
      },
    ],
    ['that is nonsense', () => Promise.resolve('x.y.z')],
  ]
  for (const [what, hint] of HINTS) {
    void test(`a hint ${what} does not do`, async () => {
      const idToken = await hint()
      const { browser } = await arrive()
      const page = await browser.open(logoutUrl({ id_token_hint: idToken }))
      assert.ok(asksFirst(page), page.text)
      assert.equal(await isSignedIn(browser), true)
    })
  }

  void test('a hint of another tenant does not do', async () => {
    await addTenant(at, 'acme')
    const there = await addUser(at, 'alice', { tenant: 'acme' })
    const by = await addWebClient(at, SETTINGS, { tenant: 'acme' })
    const given = { person: there.id, tenant: 'acme', scopes: ['openid'] }
    const { code, verifier } = await giveCode(at, by, given)
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const headers = { authorization: basicAuth(by) }
    const response = await postForm(at, '/t/acme/oauth/token', form, headers)
    // The test fails on an answer without it.
    const { id_token: idToken } = (await response.json()) as { id_token: string }
    assert.equal(idToken.split('.').length, 3)
    const { browser } = await arrive()
    assert.ok(asksFirst(await browser.open(logoutUrl({ id_token_hint: idToken }))))
  })
})

void describe('the form of the page that asks', () => {
  const FORGERIES: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['without its token', { csrf: '' }, 'same-origin'],
    ['with the token of nobody', { csrf: 'A'.repeat(43) }, 'same-origin'],
    ['for another application', { client_id: 'other' }, 'same-origin'],
    ['with another place to go to', { post_logout_redirect_uri: ATTACKED_RETURN }, 'same-origin'],
    ['with another state', { state: 'theirs' }, 'same-origin'],
    ['from another site', {}, 'cross-site'],
    ['from another origin of the site', {}, 'same-site'],
  ]
  for (const [what, change, site] of FORGERIES) {
    void test(`is refused ${what}`, async () => {
      const { browser } = await arrive()
      const other = await addWebClient(at, SETTINGS)
      const page = await browser.open(logoutUrl({ client_id: client.id }))
      const fields = { ...page.forms[0]?.fields, ...change, decision: 'sign_out' }
      const body = new URLSearchParams(
        'client_id' in change ? { ...fields, client_id: other.id } : fields,
      )
      const response = await browser.send('/oauth/logout', {
        method: 'POST',
        body: body.toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': site,
        },
      })
      assert.equal(response.status, 403)
      assert.equal(await isSignedIn(browser), true)
    })
  }

  void test('of a session that ended meanwhile leads nowhere by itself: nobody is asked any more', async () => {
    const { browser, idToken } = await arrive()
    const returning = { client_id: client.id, post_logout_redirect_uri: ATTACKED_RETURN }
    const page = await browser.open(logoutUrl(returning))
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    const end = await browser.submit(page, { button: 'decision=sign_out' })
    assert.deepEqual([end.status, end.elsewhere], [200, false])
    assert.ok(end.links.includes(ATTACKED_RETURN))
  })

  void test('is refused with the token of another session', async () => {
    const first = await arrive()
    const second = await arrive(bob)
    const page = await first.browser.open('/oauth/logout')
    const body = new URLSearchParams({ ...page.forms[0]?.fields, decision: 'sign_out' }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await second.browser.send('/oauth/logout', { method: 'POST', body, headers })
    assert.equal(response.status, 403)
    assert.equal(await isSignedIn(second.browser), true)
  })
})

void describe('nobody is sent to where no client registered (SR-002)', () => {
  for (const { title, uri } of RETURN_ATTACKS) {
    void test(title, async () => {
      const { browser, idToken } = await arrive()
      const hints = { id_token_hint: idToken, client_id: client.id }
      const page = await browser.open(logoutUrl({ ...hints, post_logout_redirect_uri: uri }))
      assert.deepEqual([page.status, page.elsewhere], [400, false])
      assert.ok(!page.html.includes(uri))
      assert.equal(await isSignedIn(browser), true)
    })
  }

  void test('a place without a client, of an unknown one, or of another than the hint’s', async () => {
    const { browser, idToken } = await arrive()
    const other = await addWebClient(at, SETTINGS)
    const returning = { post_logout_redirect_uri: ATTACKED_RETURN }
    for (const parameters of [
      returning,
      { ...returning, client_id: 'cli_nobody' },
      { client_id: 'cli_nobody' },
      { ...returning, client_id: other.id, id_token_hint: idToken },
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- a few requests of one browser
      const page = await browser.open(logoutUrl(parameters))
      assert.deepEqual([page.status, page.elsewhere], [400, false])
    }
    assert.equal(await isSignedIn(browser), true)
  })

  void test('a parameter that is sent twice (SR-012)', async () => {
    const page = await browserOf(at).open('/oauth/logout?state=a&state=b')
    assert.equal(page.status, 400)
  })
})
