import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { revokePrincipal } from '../credentials/principals.ts'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { openAuthority, type TestAuthority, type TestClient } from '../testing/authority.ts'
import type { Shown, TestBrowser } from '../testing/browser.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
  signIn,
  type TestPerson,
} from '../testing/people.ts'
import { CONSENT_ATTACKS, FORM_ATTACKS, type FormAttack } from './attacks.ts'

const NAMES = { session: '__Host-cs_session', browser: '__Host-cs_browser' }

const NO_CHANGE: FormAttack = { title: 'none', status: 400 }

let at: TestAuthority
let client: TestClient
let alice: TestPerson

before(async () => {
  at = await openAuthority()
  client = await addWebClient(at)
  alice = await addUser(at, 'alice')
})
after(() => at.close())

const livingSessions = async (): Promise<number> =>
  (await at.store.sessions.listOf('default', alice.id, at.clock.now())).length

const grantsOf = async (by: TestClient = client): Promise<number> =>
  (await at.store.tokens.listGrants({ tenant: 'default', clientId: by.id })).length

/** Sends the form of a page, changed by an attack. */
async function attack(
  browser: TestBrowser,
  page: Shown,
  { good, change }: { good: Readonly<Record<string, string>>; change: FormAttack },
): Promise<Response> {
  const members = { ...page.forms[0]?.fields, ...good, ...change.fields }
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) if (value !== null) body.set(name, value)
  const own = browser.jar.header() ?? ''
  const cookie = change.cookie === undefined ? own : change.cookie(own, NAMES)
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'same-origin',
    ...change.headers,
    ...(cookie === undefined ? {} : { cookie }),
  }
  const url = 'https://auth.example.com/oauth/interaction'
  return at.authority.fetch(new Request(url, { method: 'POST', body: body.toString(), headers }))
}

/** A browser at the consent page of a client of its own. */
async function atConsent(by: TestClient = client) {
  const browser = browserOf(at)
  const parameters = { prompt: 'consent' }
  const first = await browser.open(authorizeUrl({ client: by, parameters }))
  return { browser, first, page: await signIn(browser, first, alice) }
}

void describe('forms of the sign-in page', () => {
  for (const change of FORM_ATTACKS) {
    void test(`refused: ${change.title}`, async () => {
      const browser = browserOf(at)
      const page = await browser.open(authorizeUrl({ client }))
      const living = await livingSessions()
      const { username, password } = alice
      const answer = await attack(browser, page, { good: { username, password }, change })
      assert.equal(answer.status, change.status)
      assert.deepEqual([answer.headers.getSetCookie(), await livingSessions()], [[], living])
    })
  }
})

void describe('forms of the consent page', () => {
  for (const change of [...FORM_ATTACKS, ...CONSENT_ATTACKS]) {
    void test(`refused: ${change.title}`, async () => {
      const { browser, page } = await atConsent()
      const had = await grantsOf()
      const answer = await attack(browser, page, { good: { decision: 'allow' }, change })
      assert.deepEqual([answer.status, await grantsOf()], [change.status, had])
    })
  }

  void test('refused: a token of another session of the same browser', async () => {
    const { browser, page } = await atConsent()
    const bob = await addUser(at, 'bob')
    const other = authorizeUrl({ client, parameters: { prompt: 'select_account' } })
    await signIn(browser, await browser.open(other), bob)
    const answer = await attack(browser, page, { good: { decision: 'allow' }, change: NO_CHANGE })
    assert.equal(answer.status, 403)
    assert.equal(
      (await at.store.tokens.listGrants({ tenant: 'default', principalId: bob.id })).length,
      0,
    )
  })

  void test('refused: the token of another client’s request', async () => {
    const other = await addWebClient(at)
    const { browser, page } = await atConsent()
    const theirs = await browser.open(authorizeUrl({ client: other }))
    const csrf = page.forms[0]?.fields['csrf'] ?? ''
    const good = { decision: 'allow', csrf }
    const answer = await attack(browser, theirs, { good, change: NO_CHANGE })
    assert.deepEqual([answer.status, await grantsOf(other)], [403, 0])
  })

  void test('refused: what was agreed to before the person could hand on more', async () => {
    const wide = await addWebClient(at)
    const carl = await addUser(at, 'carl', { scopes: ['orders:read'] })
    const browser = browserOf(at)
    const parameters = { scope: 'orders:read orders:write' }
    const page = await signIn(
      browser,
      await browser.open(authorizeUrl({ client: wide, parameters })),
      carl,
    )
    await at.store.principals.update('default', carl.id, { scopes: ['orders:*'] })
    const answer = await attack(browser, page, { good: { decision: 'allow' }, change: NO_CHANGE })
    assert.deepEqual([answer.status, await grantsOf(wide)], [403, 0])
  })
})

void describe('an interaction', () => {
  void test('leads nowhere in another browser (login CSRF)', async () => {
    const page = await browserOf(at).open(authorizeUrl({ client }))
    const other = browserOf(at)
    await other.open(authorizeUrl({ client }))
    const stolen = await other.open(page.url)
    assert.deepEqual([stolen.status, stolen.forms.length], [403, 0])
  })

  void test('expires after ten minutes, with a page that says so', async () => {
    const { browser, page } = await atConsent()
    at.clock.pass(600)
    const late = await browser.submit(page, { button: 'decision=allow' })
    assert.equal(late.status, 400)
    assert.match(late.text, /dec_/)
  })

  void test('a form sent twice has one code, and the same answer (SR-015)', async () => {
    const mine = await addWebClient(at)
    const { browser, page } = await atConsent(mine)
    const [first, second] = await Promise.all([
      browser.submit(page, { button: 'decision=allow' }),
      browser.submit(page, { button: 'decision=allow' }),
    ])
    assert.deepEqual(answerOf(first), answerOf(second))
    assert.equal(await grantsOf(mine), 1)
    at.clock.pass(10)
    const late = await browser.submit(page, { button: 'decision=allow' })
    assert.deepEqual([late.status, late.elsewhere], [400, false])
    assert.equal((await browser.open(page.url)).status, 400)
    assert.equal(await grantsOf(mine), 1)
  })

  void test('allowing after refusing changes nothing', async () => {
    const mine = await addWebClient(at)
    const { browser, page } = await atConsent(mine)
    await browser.submit(page, { button: 'decision=deny' })
    const end = await browser.submit(page, { button: 'decision=allow' })
    assert.equal(answerOf(end)['error'], 'access_denied')
    assert.equal(await grantsOf(mine), 0)
  })

  void test('a person who was revoked meanwhile is asked to sign in, and cannot', async () => {
    const gone = await addUser(at, 'gone')
    const mine = await addWebClient(at)
    const browser = browserOf(at)
    const page = await signIn(browser, await browser.open(authorizeUrl({ client: mine })), gone)
    const ref = { tenant: 'default', kind: 'user', id: gone.id } as const
    await revokePrincipal(at.authority.context, ref, SYSTEM_ACTOR)
    const next = await browser.submit(page, { button: 'decision=allow' })
    assert.match(next.title, /Sign in/)
    assert.equal((await signIn(browser, next, gone)).status, 400)
    assert.equal(await grantsOf(mine), 0)
  })

  void test('a client that was revoked meanwhile gets nothing', async () => {
    const mine = await addWebClient(at)
    const { browser, page } = await atConsent(mine)
    const ref = { tenant: 'default', kind: 'client', id: mine.id } as const
    await revokePrincipal(at.authority.context, ref, SYSTEM_ACTOR)
    const next = await browser.submit(page, { button: 'decision=allow' })
    assert.deepEqual([next.status, next.elsewhere, await grantsOf(mine)], [400, false, 0])
  })

  void test('nobody is led elsewhere by what the page is given (open redirect)', async () => {
    const { browser, page } = await atConsent()
    const more = { redirect_uri: 'https://evil.example', return_to: '//evil.example' }
    const change = { ...NO_CHANGE, fields: more }
    const answer = await attack(browser, page, { good: { decision: 'allow' }, change })
    assert.doesNotMatch(await answer.text(), /evil/)
  })

  void test('its pages stand in no frame, load nothing, and are not kept (SR-007, SR-008)', async () => {
    const { first, page } = await atConsent()
    for (const { headers } of [first, page]) {
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.match(headers.get('content-security-policy') ?? '', /form-action 'self'/)
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('access-control-allow-origin'), null)
    }
  })
})

void describe('a session', () => {
  void test('has another secret after each sign-in, and the one before is worth nothing (fixation)', async () => {
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), alice)
    const planted = browser.jar.cookies.get(NAMES.session) ?? ''
    const parameters = { prompt: 'login' }
    await signIn(browser, await browser.open(authorizeUrl({ client, parameters })), alice)
    assert.notEqual(browser.jar.cookies.get(NAMES.session), planted)
    const thief = browserOf(at)
    thief.jar.plant(NAMES.session, planted)
    assert.match((await thief.open('/account')).title, /Sign in/)
  })

  void test('keeps its id when the same person signs in again: applications stay signed in', async () => {
    const living = await livingSessions()
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), alice)
    const parameters = { prompt: 'login' }
    await signIn(browser, await browser.open(authorizeUrl({ client, parameters })), alice)
    assert.equal(await livingSessions(), living + 1)
  })

  void test('ends unused after twelve hours, and used after seven days', async () => {
    const idle = browserOf(at)
    await signIn(idle, await idle.open('/account'), alice)
    const used = browserOf(at)
    await signIn(used, await used.open('/account'), alice)
    const silent = authorizeUrl({ client, parameters: { prompt: 'none' } })
    const signedIn = async (browser: TestBrowser) =>
      answerOf(await browser.open(silent))['error'] !== 'login_required'
    for (let hours = 0; hours < 160; hours += 10) {
      // oxlint-disable-next-line no-await-in-loop -- time goes on
      assert.equal(await signedIn(used), true)
      at.clock.pass(36_000)
    }
    assert.equal(await signedIn(idle), false)
    at.clock.pass(28_800)
    assert.equal(await signedIn(used), false)
  })

  void test('is none with a planted cookie beside it (tossing)', async () => {
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), alice)
    const own = browser.jar.cookies.get(NAMES.session) ?? ''
    const cookie = `${NAMES.session}=x; ${NAMES.session}=${own}`
    const request = new Request('https://auth.example.com/account', { headers: { cookie } })
    assert.equal((await at.authority.fetch(request)).status, 303)
  })

  void test('has a cookie that nobody but the host reads or writes', async () => {
    const browser = browserOf(at)
    const page = await browser.open('/account')
    const { username, password } = alice
    const answer = await attack(browser, page, { good: { username, password }, change: NO_CHANGE })
    const [line = ''] = answer.headers.getSetCookie()
    assert.match(line, /^__Host-cs_session=cs_ss_\w+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  })
})

/** The page after a wrong password, without what differs by chance or by the name. */
const pageFor = async (username: string) => {
  const browser = browserOf(at)
  const page = await browser.open(authorizeUrl({ client }))
  const next = await signIn(browser, page, { username, password: 'wrong password' })
  const secrets = /name="(?:csrf|id)" value="[^"]*"/g
  return [next.status, next.html.replaceAll(secrets, '').replaceAll(username, '')]
}

void describe('guessing passwords', () => {
  void test('an unknown name and a wrong password have the same page, but for the name (SR-205)', async () => {
    assert.deepEqual(await pageFor('alice'), await pageFor('nobody-here'))
  })

  void test('is limited for an account and an address, and nobody else is locked out', async () => {
    const hans = await addUser(at, 'hans')
    at.clock.pass(120)
    const browser = browserOf(at)
    let page = await browser.open(authorizeUrl({ client }))
    for (let count = 0; count < 10; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one guess after the other
      page = await signIn(browser, page, { username: 'hans', password: 'a wrong one' })
      assert.equal(page.status, 400)
    }
    const right = await signIn(browser, page, hans)
    assert.equal(right.status, 429)
    assert.equal((await signIn(browserOf(at), await browser.open('/account'), hans)).status, 403)
    const { items } = await at.store.events.list({ tenant: 'default', limit: 100 })
    const refused = items.filter(
      ({ type, subject }) => type === 'sign-in.refused' && subject === hans.id,
    )
    assert.equal(refused.length, 10)
    const elsewhere = await at.authority.fetch(new Request('https://auth.example.com/account'), {
      remoteAddress: '198.51.100.1',
    })
    assert.equal(elsewhere.status, 303)
    at.clock.pass(60)
    const later = await signIn(browser, page, hans)
    assert.equal(later.status, 200)
  })

  void test('names nobody types are in no event and no log', () => {
    assert.doesNotMatch(at.logged.join(''), /correct horse|a wrong one/)
  })
})
