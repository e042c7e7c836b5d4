import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { changePassword } from '../credentials/users.ts'
import { addTenant, openAuthority, type TestAuthority } from '../testing/authority.ts'
import { addUser, browserOf, signIn } from '../testing/people.ts'
import { cookieName, setCookie } from './cookies.ts'
import { formToken, isFormToken } from './forms.ts'
import { sessionLabel } from './label.ts'
import { expiryOf, resolveSessions } from './lifetime.ts'

let at: TestAuthority

before(async () => {
  at = await openAuthority()
})
after(() => at.close())

const owner = (issuer: string) => ({
  services: { brand: 'cs' },
  tenant: { id: 'x', issuer },
})

void describe('cookies', () => {
  const names = [
    ['https://auth.example.com', '__Host-cs_session'],
    ['https://auth.example.com/t/acme', '__Host-cs_session.t.acme'],
    ['https://example.com/auth', '__Host-cs_session.auth'],
    ['https://example.com/auth/t/acme', '__Host-cs_session.auth.t.acme'],
    ['http://127.0.0.1:4180', 'cs_session'],
  ] as const
  for (const [issuer, name] of names) {
    void test(`${issuer} has ${name}`, () => {
      assert.equal(cookieName(owner(issuer), 'session'), name)
      const [, line] = setCookie(owner(issuer), 'session', 'x')
      assert.equal(line.includes('; Path=/; HttpOnly; SameSite=Lax'), true)
      assert.equal(line.includes('; Secure'), issuer.startsWith('https:'))
      assert.equal(line.includes('Domain'), false)
    })
  }
})

void describe('a session', () => {
  void test('of one tenant is none at another', async () => {
    await addTenant(at, 'acme')
    const alice = await addUser(at, 'alice')
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), alice)
    const own = browser.jar.cookies.get('__Host-cs_session') ?? ''
    browser.jar.plant('__Host-cs_session.t.acme', own)
    assert.match((await browser.open('/t/acme/account')).title, /Sign in/)
    assert.equal((await browser.open('/account')).url.pathname, '/account')
  })

  void test('is marked as used at most once a minute', async () => {
    const bob = await addUser(at, 'bob')
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), bob)
    const began = at.clock.now()
    const seen = async () => {
      await browser.open('/account')
      const [session] = await at.store.sessions.listOf('default', bob.id, at.clock.now())
      return (session?.lastSeenAt ?? 0) - began
    }
    at.clock.pass(59)
    assert.equal(await seen(), 0)
    at.clock.pass(1)
    assert.equal(await seen(), 60)
  })

  void test('lives for the shorter of both times', () => {
    const lifetimes = resolveSessions({ idleSeconds: 100, lifetimeSeconds: 250 })
    const session = { createdAt: 0, authentication: { at: 0, amr: [] } }
    const ends = [0, 100, 200].map((now) => expiryOf(lifetimes, session, now))
    assert.deepEqual(ends, [100, 200, 250])
    const proven = { ...session, authentication: { at: 200, amr: [] } }
    assert.equal(expiryOf(lifetimes, proven, 200), 300)
  })

  for (const wrong of [{ idleSeconds: 1 }, { idleSeconds: 900, lifetimeSeconds: 800 }]) {
    void test(`cannot be configured with ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => resolveSessions(wrong), { code: 'CS_CONFIG_SESSIONS' })
    })
  }
})

void describe('the token of a form', () => {
  void test('is good for one secret and one purpose', () => {
    const token = formToken('secret', 'account')
    assert.equal(isFormToken('secret', 'account', token), true)
    for (const [secret, purpose, given] of [
      ['other', 'account', token],
      ['secret', 'sign-out', token],
      ['secret', 'account', undefined],
      ['secret', 'account', ''],
    ] as const) {
      assert.equal(isFormToken(secret, purpose, given), false)
    }
  })
})

void describe('the label of a session', () => {
  const labels = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/26 Safari/605',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/156 Safari/537 Edg/156',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537 Chrome/156 Mobile Safari/537',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26 like Mac OS X) CriOS/156 Safari/604',
      'Chrome on iPhone',
    ],
    ['<script>alert(1)</script>', 'Browser'],
    [undefined, 'Browser'],
  ] as const
  for (const [agent, label] of labels) {
    void test(`${label}: of words of ours alone`, () => assert.equal(sessionLabel(agent), label))
  }
})

void describe('the end of a session', () => {
  void test('comes with another password', async () => {
    const finn = await addUser(at, 'finn')
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), finn)
    const named = { tenant: 'default', id: finn.id }
    assert.equal((await changePassword(at.authority.context, named, SYSTEM_ACTOR)).ok, true)
    assert.match((await browser.open('/account')).title, /Sign in/)
  })

  void test('ends every grant that is bound to it, however many there are', async () => {
    const eve = await addUser(at, 'eve')
    const browser = browserOf(at)
    await signIn(browser, await browser.open('/account'), eve)
    const [session] = await at.store.sessions.listOf('default', eve.id, at.clock.now())
    assert.ok(session)
    const grant = {
      tenant: 'default',
      clientId: 'cli_x',
      principalId: eve.id,
      scopes: [],
      audiences: [],
      sessionId: session.id,
      facts: {},
      createdAt: at.clock.now(),
      expiresAt: null,
      revokedAt: null,
    }
    await at.store.transaction(async ({ tokens }) => {
      // oxlint-disable-next-line no-await-in-loop -- one transaction
      for (let n = 0; n < 1001; n += 1) await tokens.insertGrant({ ...grant, id: `grt_${n}` })
    })
    const page = await browser.open('/oauth/sign-out')
    await browser.submit(page, { button: 'decision=sign_out' })
    const left = await at.store.tokens.listGrants({ tenant: 'default', principalId: eve.id })
    assert.equal(left.length, 0)
  })
})
