import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { apiCaller, type ApiCaller } from '../testing/api-caller.ts'
import { addTenant, openAuthority, type TestAuthority } from '../testing/authority.ts'
import { addUser, addWebClient, authorizeUrl, browserOf, signIn } from '../testing/people.ts'

let at: TestAuthority
let admin: ApiCaller

before(async () => {
  at = await openAuthority()
  admin = await apiCaller(at)
})
after(() => at.close())

/** Somebody who agreed to something. */
async function pair(name: string) {
  const person = await addUser(at, name)
  const client = await addWebClient(at)
  const browser = browserOf(at)
  const consent = await signIn(browser, await browser.open(authorizeUrl({ client })), person)
  await browser.submit(consent, { button: 'decision=allow' })
  return { person: person.id, client: client.id }
}

const itemsOf = async (path: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const { status, body } = await admin('GET', path)
  assert.equal(status, 200)
  // The shape is the document's, which another test compares with the answers.
  return body['items'] as readonly Readonly<Record<string, unknown>>[]
}

test('consents and grants are found by person and by client', async () => {
  const { person, client } = await pair('alice')
  await pair('bob')
  for (const query of [`principalId=${person}`, `clientId=${client}`]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const [[consent, more], [grant]] = [
      await itemsOf(`/v1/consents?${query}`),
      await itemsOf(`/v1/grants?${query}`),
    ]
    assert.deepEqual(
      [consent?.['principalId'], consent?.['clientId'], more],
      [person, client, undefined],
    )
    assert.deepEqual(grant?.['scopes'], ['orders:read'])
  }
})

test('a consent that is taken back takes every grant of the pair along, and no other', async () => {
  const { person, client } = await pair('carol')
  const other = await pair('dave')
  const path = `/v1/consents/${person}/${client}`
  assert.equal((await admin('DELETE', path)).status, 204)
  assert.deepEqual(await itemsOf(`/v1/grants?principalId=${person}`), [])
  assert.equal((await itemsOf(`/v1/grants?principalId=${other.person}`)).length, 1)
  assert.equal((await admin('DELETE', path)).status, 404)
  const { changes } = await at.store.changes.snapshot(at.clock.now())
  assert.equal(changes.filter(({ kind }) => kind === 'grant').length, 1)
})

test('another tenant’s consents are nobody’s here', async () => {
  const { person, client } = await pair('erin')
  await addTenant(at, 'acme')
  const theirs = await apiCaller(at, ['countersign:*'], 'acme')
  const options = { tenant: 'acme' }
  const answer = await theirs('DELETE', `/v1/consents/${person}/${client}`, undefined, options)
  assert.equal(answer.status, 404)
})

test('grants are listed of somebody, never of all', async () => {
  assert.equal((await admin('GET', '/v1/grants')).status, 422)
})

test('reading and revoking need the scope of users', async () => {
  const reader = await apiCaller(at, ['countersign:users:read'])
  assert.equal((await reader('GET', '/v1/consents')).status, 200)
  assert.equal((await reader('DELETE', '/v1/consents/a/b')).status, 403)
})
