import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAuthority, type TestAuthority, type TestClient } from '../testing/authority.ts'
import type { Shown, TestBrowser } from '../testing/browser.ts'
import { pkce } from '../testing/grants.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
  CALLBACK,
  redeem,
  signIn,
  type TestPerson,
} from '../testing/people.ts'

let at: TestAuthority
let client: TestClient
let alice: TestPerson

before(async () => {
  at = await openAuthority()
  client = await addWebClient(at)
  alice = await addUser(at, 'alice')
})
after(() => at.close())

/** Signs Alice in and has her agree, if she has not yet. */
async function agreed(browser: TestBrowser, parameters = {}, by = client): Promise<Shown> {
  const page = await browser.open(authorizeUrl({ client: by, parameters }))
  const consent = await signIn(browser, page, alice)
  const asked = consent.forms[0]?.buttons.includes('decision=allow') === true
  return asked ? browser.submit(consent, { button: 'decision=allow' }) : consent
}

const eventsOf = async (type: string) => {
  const { items } = await at.store.events.list({ tenant: 'default', limit: 100 })
  return items.filter((event) => event.type === type)
}

/** What an authorization request leads to: an error, a code, or the title of a page. */
const silent = async (parameters: Readonly<Record<string, string>>, browser = browserOf(at)) => {
  const end = await browser.open(authorizeUrl({ client, parameters }))
  return answerOf(end)['error'] ?? ('code' in answerOf(end) ? 'code' : end.title)
}

/** How often somebody is asked who has agreed already. */
const asks = async (settings: object, redirect: string = CALLBACK) => {
  const mine = await addWebClient(at, { redirectUris: [redirect], ...settings })
  const browser = browserOf(at)
  const parameters = { redirect_uri: redirect }
  const page = await browser.open(authorizeUrl({ client: mine, parameters }))
  const first = await signIn(browser, page, alice)
  const buttons = first.forms[0]?.buttons ?? []
  if (!buttons.includes('decision=allow')) return 'never'
  await browser.submit(first, { button: 'decision=allow' })
  const second = await browser.open(authorizeUrl({ client: mine, parameters }))
  return second.elsewhere ? 'once' : 'always'
}

void describe('the code flow with a person', () => {
  void test('sign in, agree, code, token (SR-004, SR-005)', async () => {
    const browser = browserOf(at)
    const proof = pkce()
    const page = await browser.open(authorizeUrl({ client, pkce: proof }))
    assert.match(page.title, /Sign in/)
    const consent = await signIn(browser, page, alice)
    assert.match(consent.text, /app\.example\.com/)
    const end = await browser.submit(consent, { button: 'decision=allow' })
    assert.equal(end.url.href.startsWith(`${CALLBACK}?`), true)
    const { code = '', state, iss } = answerOf(end)
    assert.deepEqual([state, iss], ['state-1', 'https://auth.example.com'])
    const { status, body } = await redeem(at, client, { code, verifier: proof.verifier })
    assert.deepEqual([status, body['scope']], [200, 'orders:read'])
    assert.equal((await eventsOf('consent.given')).length, 1)
    assert.equal((await eventsOf('session.started')).length, 1)
  })

  void test('the event of a grant says that a client repeats its challenge (SR-017)', async () => {
    const browser = browserOf(at)
    const repeating = await addWebClient(at)
    const same = pkce()
    const page = await browser.open(authorizeUrl({ client: repeating, pkce: same }))
    const consent = await signIn(browser, page, alice)
    await browser.submit(consent, { button: 'decision=allow' })
    await browser.open(authorizeUrl({ client: repeating, pkce: same }))
    const made = (await eventsOf('grant.created')).filter(
      ({ data }) => data['client'] === repeating.id,
    )
    const told = made
      .map(({ data }) => data['repeatedChallenge'] === true)
      .toSorted((a, b) => Number(a) - Number(b))
    assert.deepEqual(told, [false, true])
  })

  void test('who agreed is asked no more, and no page is shown: a redirect', async () => {
    const browser = browserOf(at)
    await agreed(browser)
    const end = await browser.open(authorizeUrl({ client }))
    assert.deepEqual([end.by, 'code' in answerOf(end)], ['redirect', true])
  })

  void test('consent in force: signing in ends the flow, by a page that goes on by itself', async () => {
    await agreed(browserOf(at))
    const browser = browserOf(at)
    const end = await signIn(browser, await browser.open(authorizeUrl({ client })), alice)
    assert.deepEqual([end.by, 'code' in answerOf(end)], ['refresh', true])
  })

  void test('a POST of the request is sent on to its GET, with the session', async () => {
    const browser = browserOf(at)
    await agreed(browser)
    const url = new URL(authorizeUrl({ client }), 'https://auth.example.com')
    const init = { method: 'POST', body: url.search.slice(1) }
    const answer = await browser.send('/oauth/authorize', init)
    assert.deepEqual(
      [answer.status, answer.headers.get('location')],
      [303, url.pathname + url.search],
    )
  })

  void test('form_post answers with a form to the client alone', async () => {
    const browser = browserOf(at)
    const end = await agreed(browser, { response_mode: 'form_post' })
    assert.equal(end.forms[0]?.action, CALLBACK)
    assert.deepEqual(Object.keys(end.forms[0]?.fields ?? {}).toSorted(), ['code', 'iss', 'state'])
  })

  void test('refusing is told to the client, with state and issuer (SR-005)', async () => {
    const browser = browserOf(at)
    const other = await addWebClient(at)
    const page = await browser.open(authorizeUrl({ client: other }))
    const consent = await signIn(browser, page, alice)
    const end = await browser.submit(consent, { button: 'decision=deny' })
    assert.deepEqual(answerOf(end), {
      error: 'access_denied',
      error_description: 'The person refused.',
      state: 'state-1',
      iss: 'https://auth.example.com',
    })
  })

  void test('switching signs in somebody else, and ends the session before', async () => {
    const bob = await addUser(at, 'bob')
    const other = await addWebClient(at)
    const browser = browserOf(at)
    const consent = await signIn(
      browser,
      await browser.open(authorizeUrl({ client: other })),
      alice,
    )
    const again = await browser.submit(consent, { button: 'decision=switch' })
    assert.match(again.title, /Sign in/)
    const second = await signIn(browser, again, bob)
    assert.match(second.text, /bob/)
    assert.equal((await at.store.sessions.listOf('default', bob.id, at.clock.now())).length, 1)
    const ended = await eventsOf('session.ended')
    assert.deepEqual(ended.at(0)?.data, { person: alice.id, reason: 'switched' })
  })

  void test('what the person may not hand on is neither shown nor granted', async () => {
    const poor = await addUser(at, 'poor', { scopes: ['orders:read'] })
    const browser = browserOf(at)
    const parameters = { scope: 'orders:read orders:write' }
    const page = await browser.open(authorizeUrl({ client, parameters }))
    const consent = await signIn(browser, page, poor)
    assert.doesNotMatch(consent.text, /orders:write/)
    await browser.submit(consent, { button: 'decision=allow' })
    const [grant] = await at.store.tokens.listGrants({ tenant: 'default', principalId: poor.id })
    assert.deepEqual(grant?.scopes, ['orders:read'])
  })

  void test('where nothing is left to hand on, access is denied', async () => {
    const nobody = await addUser(at, 'nobody', { scopes: [] })
    const browser = browserOf(at)
    const end = await signIn(browser, await browser.open(authorizeUrl({ client })), nobody)
    assert.equal(answerOf(end)['error'], 'access_denied')
  })

  void test('the session of a grant is named, but with offline_access', async () => {
    const mine = await addWebClient(at)
    await agreed(browserOf(at), { scope: 'orders:read' }, mine)
    await agreed(browserOf(at), { scope: 'orders:read offline_access' }, mine)
    const grants = await at.store.tokens.listGrants({ tenant: 'default', clientId: mine.id })
    assert.equal(grants.length, 2)
    for (const { sessionId, scopes } of grants) {
      assert.equal(sessionId === null, scopes.includes('offline_access'))
    }
  })

  void test('agreeing for one API is not agreeing for another', async () => {
    const mine = await addWebClient(at)
    const browser = browserOf(at)
    await agreed(browser, {}, mine)
    const parameters = { resource: 'https://other.example.com' }
    const page = await browser.open(authorizeUrl({ client: mine, parameters }))
    assert.equal(page.forms[0]?.buttons.includes('decision=allow'), true)
  })

  void test('a consent grows with what is agreed to, and is asked for what is new', async () => {
    const mine = await addWebClient(at)
    await agreed(browserOf(at), {}, mine)
    const browser = browserOf(at)
    const parameters = { scope: 'orders:read orders:write' }
    const page = await browser.open(authorizeUrl({ client: mine, parameters }))
    const consent = await signIn(browser, page, alice)
    await browser.submit(consent, { button: 'decision=allow' })
    const record = await at.store.consents.find('default', alice.id, mine.id)
    assert.deepEqual(record?.scopes, ['orders:read', 'orders:write'])
  })
})

void describe('prompt and max_age', () => {
  void test('none never shows a page', async () => {
    assert.equal(await silent({ prompt: 'none' }), 'login_required')
    const browser = browserOf(at)
    await agreed(browser)
    assert.equal(await silent({ prompt: 'none' }, browser), 'code')
    const more = { prompt: 'none', scope: 'orders:read orders:write' }
    const other = await addWebClient(at)
    const end = await browser.open(authorizeUrl({ client: other, parameters: more }))
    assert.equal(answerOf(end)['error'], 'consent_required')
  })

  for (const parameters of [{ prompt: 'login' }, { max_age: '0' }, { prompt: 'select_account' }]) {
    void test(`${JSON.stringify(parameters)} asks once more, and once`, async () => {
      const browser = browserOf(at)
      await agreed(browser)
      const page = await browser.open(authorizeUrl({ client, parameters }))
      assert.match(page.title, /Sign in/)
      const end = await signIn(browser, page, alice)
      assert.equal('code' in answerOf(end), true)
    })
  }

  void test('max_age lets a younger sign-in pass, and no older one', async () => {
    const browser = browserOf(at)
    await agreed(browser)
    at.clock.pass(30)
    assert.equal(await silent({ max_age: '60' }, browser), 'code')
    at.clock.pass(31)
    assert.match(await silent({ max_age: '60' }, browser), /Sign in/)
    assert.equal(await silent({ max_age: '60', prompt: 'none' }, browser), 'login_required')
  })

  void test('consent asks although it is there', async () => {
    const browser = browserOf(at)
    await agreed(browser)
    const page = await browser.open(authorizeUrl({ client, parameters: { prompt: 'consent' } }))
    assert.equal(page.forms[0]?.buttons.includes('decision=allow'), true)
  })

  void test('an essential acr that cannot be met is an error, after one try', async () => {
    const browser = browserOf(at)
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['phr'] } } })
    const page = await browser.open(authorizeUrl({ client, parameters: { claims } }))
    const end = await signIn(browser, page, alice)
    assert.equal(answerOf(end)['error'], 'unmet_authentication_requirements')
  })

  void test('login_hint is filled in, ui_locales is spoken', async () => {
    const parameters = { login_hint: 'alice@example.com', ui_locales: 'de' }
    const page = await browserOf(at).open(authorizeUrl({ client, parameters }))
    assert.equal(page.forms[0]?.fields['username'], 'alice@example.com')
    assert.match(page.html, /lang="de"/)
  })
})

void describe('who is asked every time (SR-052)', () => {
  void test('a client of the operator: once', async () => assert.equal(await asks({}), 'once'))
  void test('a trusted one: never', async () =>
    assert.equal(await asks({ consent: 'trusted' }), 'never'))
  void test('one that registered itself: always, trusted or not', async () => {
    assert.equal(await asks({ origin: 'registration', consent: 'trusted' }), 'always')
  })
  void test('one known by a document only: always', async () => {
    assert.equal(await asks({ origin: 'metadata-document' }), 'always')
  })
  void test('one that listens on this computer: always', async () => {
    const native = { applicationType: 'native', consent: 'trusted' }
    assert.equal(await asks(native, 'http://127.0.0.1/cb'), 'always')
  })
  void test('one with a scheme of its own: always', async () => {
    assert.equal(await asks({ applicationType: 'native' }, 'com.example.app:/cb'), 'always')
  })
})
