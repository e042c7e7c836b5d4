import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ClientSettings } from '../model/client-settings.ts'
import {
  addClient,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { pkce } from '../testing/grants.ts'
import { ATTACKED_REDIRECT, REDIRECT_ATTACKS, REQUEST_ATTACKS } from './attacks.ts'

type Change = Readonly<Record<string, string | null>>

let at: TestAuthority
let client: TestClient

const settings: Partial<ClientSettings> = {
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [ATTACKED_REDIRECT],
  authorizationDetailsTypes: ['account'],
}

before(async () => {
  at = await openAuthority()
  client = await addClient(at, settings)
})
after(() => at.close())

async function push(change: Change = {}, by: TestClient = client, to = at) {
  const good = {
    response_type: 'code',
    client_id: by.id,
    redirect_uri: ATTACKED_REDIRECT,
    scope: 'openid orders:read',
    state: 's',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  }
  const members = Object.entries({ ...good, ...change })
  const form = Object.fromEntries(
    members.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
  const response = await postForm(to, '/oauth/par', form, { authorization: basicAuth(by) })
  const body = (await response.json()) as Readonly<Record<string, unknown>>
  return { status: response.status, body }
}

void describe('POST /oauth/par', () => {
  void test('a request becomes a name for 90 seconds (RFC 9126 §2.2)', async () => {
    const { status, body } = await push({
      authorization_details: '[{"type":"account","x":1}]',
      claims: '{"userinfo":{"email":null}}',
      prompt: 'login consent',
      max_age: '0',
    })
    assert.deepEqual([status, body['expires_in']], [201, 90])
    assert.match(String(body['request_uri']), /^urn:ietf:params:oauth:request_uri:cs_pr_/)
  })

  for (const { title, change, error } of [...REDIRECT_ATTACKS, ...REQUEST_ATTACKS]) {
    void test(`refused: ${title}`, async () => {
      const { status, body } = await push(change)
      assert.deepEqual([status, body['error']], [400, error])
    })
  }

  void test('refused: a client that has not proven itself (SR-036)', async () => {
    assert.equal((await push({}, { ...client, secret: 'x' })).status, 401)
  })

  void test('refused: a request within a request (SR-036)', async () => {
    const { body } = await push()
    const nested = await push({ request_uri: String(body['request_uri']) })
    assert.deepEqual([nested.status, nested.body['error']], [400, 'invalid_request'])
  })

  void test('refused: a client that is not registered for codes', async () => {
    const other = await addClient(at, { redirectUris: [ATTACKED_REDIRECT] })
    assert.equal((await push({}, other)).body['error'], 'unauthorized_client')
  })

  void test('refused: a response mode that the client is not registered for (SR-011)', async () => {
    const other = await addClient(at, { ...settings, responseModes: ['query'] })
    const { body } = await push({ response_mode: 'form_post' }, other)
    assert.equal(body['error'], 'invalid_request')
    assert.equal((await push({ response_mode: 'query' }, other)).status, 201)
  })

  void test('a native client may use any port of its loopback address, and no other (SR-001)', async () => {
    const redirectUris = ['http://127.0.0.1/cb', 'http://[::1]:1234/cb', 'com.example.app:/cb']
    const native = await addClient(at, { ...settings, applicationType: 'native', redirectUris })
    const good = [
      'http://127.0.0.1/cb',
      'http://127.0.0.1:49152/cb',
      'http://[::1]:1/cb',
      'com.example.app:/cb',
    ]
    for (const redirectUri of good)
      assert.equal((await push({ redirect_uri: redirectUri }, native)).status, 201, redirectUri)
    const bad = [
      'http://127.0.0.1:1/other',
      'http://localhost:1/cb',
      'https://127.0.0.1:1/cb',
      'http://127.0.0.1:1@evil.example/cb',
      'http://127.0.0.1:1.evil.example/cb',
      'http://127.0.0.1:999999/cb',
      'com.example.app:/cb/more',
    ]
    for (const redirectUri of bad)
      assert.equal((await push({ redirect_uri: redirectUri }, native)).status, 400, redirectUri)
  })
})
