import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeConsent } from '../consents/revoke.ts'
import type { Store } from '../model/store.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
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

/** What happens between the reading of a request and the transaction of its answer. */
let meanwhile: (() => Promise<unknown>) | undefined

let at: TestAuthority
let client: TestClient
let person: TestPerson
let browser: TestBrowser

/** A store in which somebody else is faster, once. */
const overtaken = (store: Store): Store => ({
  ...store,
  transaction: async (work, options) => {
    const first = meanwhile
    meanwhile = undefined
    await first?.()
    return store.transaction(work, options)
  },
})

before(async () => {
  at = await openAuthority({ store: overtaken(await openSqlite({ path: ':memory:' })) })
})
after(() => at.close())

const living = async (): Promise<number> =>
  (await at.store.tokens.listGrants({ tenant: 'default', principalId: person.id })).length

/** Ends every session of the person. */
async function endSessions(): Promise<void> {
  const now = at.clock.now()
  for (const { id } of await at.store.sessions.listOf('default', person.id, now)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await at.store.sessions.revoke(id, now)
  }
}

const takeBack = () =>
  revokeConsent(
    at.authority.context,
    { tenant: 'default', principalId: person.id, clientId: client.id },
    SYSTEM_ACTOR,
  )

/** A person at the consent page of a new client. */
async function atConsent(): Promise<Shown> {
  client = await addWebClient(at)
  person = await addUser(at, `person of ${client.id}`)
  browser = browserOf(at)
  return signIn(browser, await browser.open(authorizeUrl({ client })), person)
}

/** A person who has agreed to a new client. */
async function agreed(): Promise<void> {
  const page = await atConsent()
  assert.equal('code' in answerOf(await browser.submit(page, { button: 'decision=allow' })), true)
}

void describe('a code is not issued', () => {
  void test('in a session that ended while the person agreed', async () => {
    const page = await atConsent()
    meanwhile = endSessions
    const shown = await browser.submit(page, { button: 'decision=allow' })
    assert.deepEqual([answerOf(shown)['error'], await living()], ['interaction_required', 0])
  })

  void test('in a session that ended while the request was read', async () => {
    await agreed()
    const had = await living()
    meanwhile = endSessions
    const shown = await browser.open(authorizeUrl({ client }))
    assert.deepEqual([answerOf(shown)['error'], await living()], ['interaction_required', had])
  })

  void test('by a consent that was taken back while the request was read', async () => {
    await agreed()
    meanwhile = takeBack
    const shown = await browser.open(authorizeUrl({ client, parameters: { prompt: 'none' } }))
    assert.deepEqual([answerOf(shown)['error'], await living()], ['interaction_required', 0])
  })
})
