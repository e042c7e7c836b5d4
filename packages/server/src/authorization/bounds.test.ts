import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { testDpop } from '../testing/key-client.ts'
import { addWebClient, authorizeUrl } from '../testing/people.ts'

let at: TestAuthority
let client: TestClient

before(async () => {
  at = await openAuthority({ unsafe: { noReplayFence: true } })
  client = await addWebClient(at, {
    authorizationDetailsTypes: ['payment'],
    audiences: Array.from({ length: 21 }, (_, n) => `https://api-${n}.example`),
  })
})
after(() => at.close())

/** Pushes a request, and answers the error. */
async function push(
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const url = new URL(authorizeUrl({ client, parameters }), 'https://auth.example.com')
  const form = Object.fromEntries(url.searchParams)
  const authorization = basicAuth(client)
  const answer = await postForm(at, '/oauth/par', form, { authorization, ...headers })
  // An OAuth error, or a response without one.
  return ((await answer.json()) as { readonly error?: string }).error
}

const many = <T>(count: number, one: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => one(n))

const nulls = (count: number) => Object.fromEntries(many(count, (n) => [`c${n}`, null]))

/** Pushes a request for so many resources, and answers the status. */
async function pushResources(count: number): Promise<number> {
  const url = new URL(authorizeUrl({ client }), 'https://auth.example.com')
  for (const resource of many(count, (n) => `https://api-${n}.example`))
    url.searchParams.append('resource', resource)
  const form = url.searchParams.toString()
  return (await postForm(at, '/oauth/par', form, { authorization: basicAuth(client) })).status
}

void describe('what a request asks for is bounded', () => {
  const rows: readonly (readonly [
    title: string,
    (over: number) => Record<string, string>,
    string,
  ])[] = [
    [
      'scopes',
      (over) => ({ scope: many(100 + over, (n) => `orders:r${n}`).join(' ') }),
      'invalid_scope',
    ],
    [
      'details',
      (over) => ({
        authorization_details: JSON.stringify(many(20 + over, () => ({ type: 'payment' }))),
      }),
      'invalid_authorization_details',
    ],
    [
      'claims',
      (over) => ({ claims: JSON.stringify({ userinfo: nulls(50 + over) }) }),
      'invalid_request',
    ],
    ['the nonce', (over) => ({ nonce: 'n'.repeat(512 + over) }), 'invalid_request'],
  ]
  void test('resources', async () => {
    assert.deepEqual([await pushResources(20), await pushResources(21)], [201, 400])
  })

  for (const [title, parameters, error] of rows) {
    void test(title, async () => {
      assert.equal(await push(parameters(0)), undefined)
      assert.equal(await push(parameters(1)), error)
    })
  }
})

test('dpop_jkt is the key of the proof beside it (RFC 9449 §10.1)', async () => {
  const proof = await (await testDpop())('https://auth.example.com/oauth/par', at.clock.now())
  assert.equal(await push({ dpop_jkt: 'A'.repeat(43) }, { dpop: proof }), 'invalid_dpop_proof')
})
