import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAuthority, type TestAuthority, type TestClient } from '../testing/authority.ts'
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

let at: TestAuthority
let client: TestClient
let alice: TestPerson
let bob: TestPerson

before(async () => {
  at = await openAuthority()
  client = await addWebClient(at)
  alice = await addUser(at, 'alice')
  bob = await addUser(at, 'bob')
})
after(() => at.close())

/** Somebody who is signed in to a client, in a browser, and the ID token that the client has. */
async function arrive(person: TestPerson, by: TestClient = client) {
  const browser = browserOf(at)
  const keys = pkce()
  const asking = { client: by, parameters: { scope: 'openid', prompt: 'consent' }, pkce: keys }
  const asked = await signIn(browser, await browser.open(authorizeUrl(asking)), person)
  const done = await browser.submit(asked, { button: 'decision=allow' })
  const { code = '' } = answerOf(done)
  const { body } = await redeem(at, by, { code, verifier: keys.verifier })
  return { browser, idToken: body['id_token'] ?? '', accessToken: body['access_token'] ?? '' }
}

const silently = (browser: TestBrowser, parameters: Readonly<Record<string, string>>) =>
  browser.open(
    authorizeUrl({ client, parameters: { scope: 'openid', prompt: 'none', ...parameters } }),
  )

const claimsOf = (sub: string) => ({
  claims: JSON.stringify({ id_token: { sub: { value: sub } } }),
})

void describe('whom a client means (OpenID Connect Core §3.1.2.2)', () => {
  void test('is answered for, by an ID token or by its subject', async () => {
    const { browser, idToken } = await arrive(alice)
    for (const parameters of [{ id_token_hint: idToken }, claimsOf(alice.id)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal('code' in answerOf(await silently(browser, parameters)), true)
    }
  })

  void test('is not somebody else who is signed in', async () => {
    const { idToken } = await arrive(alice)
    const { browser } = await arrive(bob)
    for (const parameters of [{ id_token_hint: idToken }, claimsOf(alice.id)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const shown = await silently(browser, parameters)
      assert.equal(answerOf(shown)['error'], 'login_required')
    }
  })

  void test('may sign in where somebody else is, and nobody else may', async () => {
    const { idToken } = await arrive(alice)
    const parameters = { scope: 'openid', id_token_hint: idToken }
    for (const [person, member] of [
      [alice, 'code'],
      [bob, 'error'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { browser } = await arrive(bob)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const page = await browser.open(authorizeUrl({ client, parameters }))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal(member in answerOf(await signIn(browser, page, person)), true)
    }
  })

  void test('is named by an ID token of this client, and by nothing else', async () => {
    const other = await arrive(alice, await addWebClient(at))
    const { browser, accessToken } = await arrive(alice)
    for (const hint of [other.idToken, accessToken, 'x']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const shown = await silently(browser, { id_token_hint: hint })
      assert.equal(answerOf(shown)['error'], 'invalid_request')
    }
  })
})
