import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { basicAuth, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import type { TestBrowser } from '../testing/browser.ts'
import { pkce } from '../testing/grants.ts'
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
import type { TestClient } from '../testing/authority.ts'

let at: TestAuthority

before(async () => {
  at = await openAuthority()
})
after(() => at.close())

/** Grants access in a browser; answers the tokens. */
async function granted(
  browser: TestBrowser,
  client: TestClient,
  person: TestPerson,
  scope: string,
) {
  const proof = pkce()
  const url = authorizeUrl({ client, pkce: proof, parameters: { scope } })
  const consent = await signIn(browser, await browser.open(url), person)
  const end = await browser.submit(consent, { button: 'decision=allow' })
  const { code = '' } = answerOf(end)
  const { body } = await redeem(at, client, { code, verifier: proof.verifier })
  return { refresh: body['refresh_token'] ?? '', access: body['access_token'] ?? '' }
}

async function refreshed(client: TestClient, token: string): Promise<number> {
  const form = { grant_type: 'refresh_token', refresh_token: token }
  const answer = await postForm(at, '/oauth/token', form, { authorization: basicAuth(client) })
  return answer.status
}

void describe('/account', () => {
  void test('an application that is revoked there gets nothing more (SR-026, SR-052)', async () => {
    const alice = await addUser(at, 'alice')
    const client = await addWebClient(at)
    const browser = browserOf(at)
    const { refresh } = await granted(browser, client, alice, 'orders:read offline_access')
    assert.equal(await refreshed(client, refresh), 200)
    const page = await browser.open('/account')
    assert.match(page.text, /Permission “orders:read”/)
    const next = await browser.submit(page, { button: `revoke_grant=${client.id}` })
    assert.equal(next.url.pathname, '/account')
    assert.equal(
      next.forms.some(({ buttons }) => buttons.includes(`revoke_grant=${client.id}`)),
      false,
    )
    assert.equal(await refreshed(client, refresh), 400)
    const { items } = await at.store.events.list({ tenant: 'default', limit: 100 })
    assert.equal(
      items.some(({ type }) => type === 'consent.revoked'),
      true,
    )
    const again = await browser.open(authorizeUrl({ client }))
    assert.equal(again.forms[0]?.buttons.includes('decision=allow'), true)
  })

  void test('without a session it signs in first, and again after an hour', async () => {
    const bob = await addUser(at, 'bob')
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), bob)
    assert.equal(page.url.pathname, '/account')
    at.clock.pass(3601)
    const again = await browser.open('/account')
    assert.match(again.title, /Sign in/)
    assert.equal((await signIn(browser, again, bob)).url.pathname, '/account')
  })

  void test('another session is ended, with the access that was bound to it', async () => {
    const carol = await addUser(at, 'carol')
    const client = await addWebClient(at)
    const other = browserOf(at, { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' })
    const bound = await granted(other, client, carol, 'orders:read')
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), carol)
    assert.match(page.text, /Firefox on Linux/)
    const next = await browser.submit(page, { button: 'end_other_sessions=1' })
    assert.doesNotMatch(next.text, /Firefox on Linux/)
    assert.equal(await refreshed(client, bound.refresh), 400)
    assert.match((await other.open('/account')).title, /Sign in/)
  })

  void test('signing out ends the session and takes its cookie away', async () => {
    const dave = await addUser(at, 'dave')
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), dave)
    const stolen = browser.jar.cookies.get('__Host-cs_session') ?? ''
    await browser.submit(page, { button: 'sign_out=1' })
    assert.equal(browser.jar.cookies.has('__Host-cs_session'), false)
    browser.jar.plant('__Host-cs_session', stolen)
    assert.match((await browser.open('/account')).title, /Sign in/)
  })

  void test('another person’s session or application is not among one’s own', async () => {
    const erin = await addUser(at, 'erin')
    const frank = await addUser(at, 'frank')
    const client = await addWebClient(at)
    const { refresh } = await granted(browserOf(at), client, erin, 'orders:read offline_access')
    const [victim] = await at.store.sessions.listOf('default', erin.id, at.clock.now())
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), frank)
    const [form] = page.forms
    for (const field of [{ revoke_grant: client.id }, { end_session: victim?.id ?? '' }]) {
      const fields = { ...form?.fields, ...field }
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await browser.submit(page, { fields, ...(form && { form }) })
    }
    assert.equal(await refreshed(client, refresh), 200)
    assert.equal((await at.store.sessions.find(victim?.id ?? ''))?.revokedAt, null)
  })

  void test('a notice that nobody proved is not shown', async () => {
    const gina = await addUser(at, 'gina')
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), gina)
    const lie = await browser.open('/account?done=sessions-ended')
    assert.equal(lie.text, page.text)
  })
})

void describe('/oauth/sign-out', () => {
  void test('asks, and signs out', async () => {
    const hans = await addUser(at, 'hans')
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), hans)
    const asked = await browser.open('/oauth/sign-out')
    assert.equal(
      (await browser.submit(asked, { button: 'decision=stay' })).url.pathname,
      '/account',
    )
    await browser.submit(asked, { button: 'decision=sign_out' })
    assert.match((await browser.open('/account')).title, /Sign in/)
  })
})

void describe('forms of /account and /oauth/sign-out', () => {
  const places = [
    ['/account', { sign_out: '1' }],
    ['/account', { end_other_sessions: '1' }],
    ['/oauth/sign-out', { decision: 'sign_out' }],
  ] as const
  const forgeries = [
    ['no token', { csrf: '' }, 'same-origin'],
    ['a token of another kind', { csrf: 'A'.repeat(43) }, 'same-origin'],
    ['the form of another site, with the token', {}, 'cross-site'],
    ['the form of a neighbour, with the token', {}, 'same-site'],
  ] as const
  for (const [path, button] of places) {
    for (const [title, fields, site] of forgeries) {
      void test(`${path} refuses ${Object.keys(button)[0]} with ${title} (SR-054)`, async () => {
        const person = await addUser(at, `${path}-${Object.keys(button)[0]}-${title}`)
        const other = browserOf(at)
        await signIn(other, await other.open('/account'), person)
        const browser = browserOf(at)
        await signIn(browser, await browser.open('/account'), person)
        const [form] = (await browser.open(path)).forms
        const body = new URLSearchParams({ ...form?.fields, ...button, ...fields }).toString()
        const type = 'application/x-www-form-urlencoded'
        const headers = { 'content-type': type, 'sec-fetch-site': site }
        const answer = await browser.send(path, { method: 'POST', body, headers })
        const living = await at.store.sessions.listOf('default', person.id, at.clock.now())
        assert.deepEqual([answer.status, living.length], [403, 2])
      })
    }
  }

  void test('the session at hand is not ended by its own button: that is signing out', async () => {
    const ines = await addUser(at, 'ines')
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open('/account'), ines)
    const [session] = await at.store.sessions.listOf('default', ines.id, at.clock.now())
    const [form] = page.forms
    const fields = { csrf: form?.fields['csrf'] ?? '', end_session: session?.id ?? '' }
    const shown = await browser.submit(page, { fields, ...(form && { form }) })
    assert.equal(shown.url.pathname, '/account')
    assert.equal(shown.text.includes('ines'), true)
  })
})
