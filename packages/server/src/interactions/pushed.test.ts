import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
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

/** The URL for a request that was pushed just now. */
async function push(): Promise<string> {
  const all = new URL(authorizeUrl({ client }), 'https://auth.example.com').searchParams
  const authorization = basicAuth(client)
  const answer = await postForm(at, '/oauth/par', Object.fromEntries(all), { authorization })
  // The endpoint answers with this member, or the test fails.
  const { request_uri: name } = (await answer.json()) as { readonly request_uri: string }
  return `/oauth/authorize?${new URLSearchParams({ client_id: client.id, request_uri: name })}`
}

void describe('a pushed request', () => {
  void test('has a name for 90 seconds', async () => {
    const url = await push()
    at.clock.pass(89)
    assert.equal((await browserOf(at).open(url)).status, 200)
    at.clock.pass(1)
    assert.equal((await browserOf(at).open(url)).status, 400)
  })

  void test('waits for a person who takes time, and works once', async () => {
    const url = await push()
    at.clock.pass(80)
    const [one, other] = [browserOf(at), browserOf(at)]
    const [page, late] = [await one.open(url), await other.open(url)]
    at.clock.pass(500)
    const asked = await signIn(one, page, alice)
    const back = await one.submit(asked, { button: 'decision=allow' })
    assert.equal('code' in answerOf(back), true)
    const refused = await signIn(other, late, alice)
    assert.equal(answerOf(refused)['error'], 'invalid_request_uri')
  })

  void test('that led to a code is not read again (SR-036)', async () => {
    const url = await push()
    const browser = browserOf(at)
    const shown = await signIn(browser, await browser.open(url), await addUser(at, 'dora'))
    await browser.submit(shown, { button: 'decision=allow' })
    const again = await browser.open(url)
    assert.deepEqual([again.status, 'code' in answerOf(again)], [400, false])
  })

  void test('that was used meanwhile leaves no consent, and no code at a second press', async () => {
    const url = await push()
    const bob = await addUser(at, 'bob')
    const [one, other] = [browserOf(at), browserOf(at)]
    const late = await signIn(other, await other.open(url), bob)
    await one.open(url)
    const asked = await signIn(one, await one.open(url), await addUser(at, 'carol'))
    await one.submit(asked, { button: 'decision=allow' })
    for (const press of [1, 2]) {
      const refused = await other.submit(late, { button: 'decision=allow' })
      assert.equal(answerOf(refused)['error'], 'invalid_request_uri', `press ${press}`)
    }
    assert.equal(await at.store.consents.find('default', bob.id, client.id), undefined)
  })

  void test('a public client can have no more kept than an address may begin (SR-503)', async () => {
    const settings = { tokenEndpointAuthMethod: 'none' } as const
    const open = await addWebClient(at, settings)
    const query = new URL(authorizeUrl({ client: open }), 'https://auth.example.com').searchParams
    const form = Object.fromEntries(query)
    const statuses: number[] = []
    for (let count = 0; count < 620; count += 1)
      statuses.push((await postForm(at, '/oauth/par', form)).status)
    assert.deepEqual([statuses[0], statuses.at(-1)], [201, 429])
    at.clock.pass(120)
    assert.equal((await postForm(at, '/oauth/par', form)).status, 201)
  })
})
