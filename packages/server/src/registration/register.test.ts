import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import {
  addApiKey,
  addTenant,
  openAuthority,
  postForm,
  type TestAuthority,
} from '../testing/authority.ts'
import { addPerson, giveCode, pkce } from '../testing/grants.ts'
import { REGISTRATION_ATTACKS } from './attacks.ts'
import { sweepRegistrations } from './sweep.ts'
import type { RegistrationOptions } from './terms.ts'

type Body = Readonly<Record<string, unknown>>

const TERMS: RegistrationOptions = {
  access: 'anyone',
  scopes: ['orders:read', 'orders:write'],
  audiences: ['https://api.example.com'],
  perAddressHourly: 10_000,
}
const GOOD = {
  client_name: 'App',
  redirect_uris: ['https://app.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
}
const PUBLIC = { ...GOOD, token_endpoint_auth_method: 'none' }

let at: TestAuthority
before(async () => {
  at = await openAuthority({ registration: TERMS })
})
after(() => at.close())

interface Sent {
  readonly to?: TestAuthority
  readonly method?: string
  readonly path?: string
  readonly bearer?: string
  readonly type?: string
  readonly address?: string
}

async function send(body: unknown, given: Sent = {}) {
  const { to = at, method = 'POST', path = '/oauth/register', address = '192.0.2.7' } = given
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = {
    'content-type': given.type ?? 'application/json',
    ...(given.bearer === undefined ? {} : { authorization: `Bearer ${given.bearer}` }),
  }
  const withBody = method === 'GET' || method === 'DELETE' ? {} : { body: text }
  const request = new Request(`https://auth.example.com${path}`, { method, headers, ...withBody })
  const response = await to.authority.fetch(request, { remoteAddress: address })
  const answered = await response.text()
  // The endpoint answers JSON objects, or nothing.
  const parsed = answered === '' ? {} : (JSON.parse(answered) as Body)
  return { status: response.status, headers: response.headers, body: parsed }
}

/** The path, the token and the id of a new client. */
async function registered(metadata: Body = PUBLIC, to = at) {
  const { status, body } = await send(metadata, { to })
  assert.equal(status, 201)
  const id = String(body['client_id'])
  return { id, path: `/oauth/register/${id}`, bearer: String(body['registration_access_token']) }
}

const changed = (base: Body, change: Body): Body =>
  Object.fromEntries(Object.entries({ ...base, ...change }).filter(([, value]) => value !== null))

void describe('POST /oauth/register (RFC 7591)', () => {
  void test('answers what was registered, all scopes of the terms too, and secrets once', async () => {
    const { status, headers, body } = await send({ ...GOOD, scope: 'openid orders:read', x: 1 })
    assert.equal(status, 201)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.match(String(body['client_secret']), /^cs_cs_/)
    assert.match(String(body['registration_access_token']), /^cs_rg_/)
    const id = String(body['client_id'])
    assert.equal(body['registration_client_uri'], `https://auth.example.com/oauth/register/${id}`)
    assert.deepEqual(
      [body['token_endpoint_auth_method'], body['scope'], body['client_secret_expires_at']],
      ['client_secret_basic', 'orders:read orders:write', 0],
    )
    assert.equal(body['x'], undefined)
    const stored = JSON.stringify([
      await at.store.principals.find('default', id),
      await at.store.credentials.listOf('default', id),
      await at.store.registrations.find('default', id),
    ])
    assert.ok(!stored.includes(String(body['client_secret'])))
    assert.ok(!stored.includes(String(body['registration_access_token'])))
    assert.ok(!at.logged.join('').includes(String(body['registration_access_token'])))
  })

  void test('a stranger is a stranger: people are asked, within the terms (SR-052, SR-053)', async () => {
    const { id } = await registered({ ...PUBLIC, consent: 'trusted', audiences: ['https://x'] })
    const record = await at.store.principals.find('default', id)
    assert.deepEqual(
      [record?.client?.consent, record?.client?.origin, record?.client?.audiences],
      ['ask', 'registration', TERMS.audiences],
    )
    assert.deepEqual(record?.scopes, TERMS.scopes)
  })

  void test('shows no pages or pictures of hosts that are not its own', async () => {
    const pages = { logo_uri: 'https://bank.example/l', client_uri: 'https://app.example/' }
    const { body } = await send({ ...PUBLIC, ...pages })
    assert.deepEqual([body['logo_uri'], body['client_uri']], [undefined, 'https://app.example/'])
  })

  void test('a native client need not say that it is one', async () => {
    const { body } = await send({ ...PUBLIC, redirect_uris: ['http://127.0.0.1/cb'] })
    assert.equal(body['application_type'], 'native')
  })

  for (const { title, change, error } of REGISTRATION_ATTACKS) {
    void test(`refused: ${title}`, async () => {
      const { status, body } = await send(changed(GOOD, change))
      assert.deepEqual([status, body['error']], [400, error])
    })
  }

  const BODIES: readonly (readonly [string, string, string?])[] = [
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a form', 'a=b', 'application/x-www-form-urlencoded'],
    ['too much', JSON.stringify({ ...GOOD, x: 'x'.repeat(40_000) })],
  ]
  for (const [title, body, type] of BODIES) {
    void test(`refused: a body that is ${title}`, async () => {
      const answered = await send(body, type === undefined ? {} : { type })
      assert.deepEqual([answered.status, answered.body['error']], [400, 'invalid_client_metadata'])
    })
  }

  void test('there is nothing where the operator did not ask for it', async () => {
    const other = await openAuthority()
    assert.equal((await send(PUBLIC, { to: other })).status, 404)
    const path = '/oauth/register/cli_x'
    assert.equal((await send(PUBLIC, { to: other, path, method: 'GET' })).status, 404)
    const url = 'https://auth.example.com/.well-known/oauth-authorization-server'
    const named = async (from: TestAuthority): Promise<unknown> => {
      const response = await from.authority.fetch(new Request(url))
      return ((await response.json()) as Body)['registration_endpoint']
    }
    assert.equal(await named(other), undefined)
    assert.equal(await named(at), 'https://auth.example.com/oauth/register')
    await other.close()
  })

  void test('an initial access token is an API key with its scope, of the tenant', async () => {
    const closed = await openAuthority({
      registration: { ...TERMS, access: 'initial-access-token' },
    })
    await addTenant(closed, 'acme')
    const { key } = await addApiKey(closed, ['countersign:clients:register'])
    const weak = await addApiKey(closed, ['countersign:introspect'])
    const other = await addApiKey(closed, ['countersign:clients:register'], { tenant: 'acme' })
    assert.equal((await send(PUBLIC, { to: closed })).status, 401)
    assert.equal((await send(PUBLIC, { to: closed, bearer: weak.key })).status, 403)
    assert.equal((await send(PUBLIC, { to: closed, bearer: other.key })).status, 403)
    assert.equal((await send(PUBLIC, { to: closed, bearer: key })).status, 201)
    const services = { ...GOOD, grant_types: ['client_credentials'], redirect_uris: [] }
    const body = { ...services, response_types: [] }
    assert.equal((await send(body, { to: closed, bearer: key })).status, 201)
    await closed.close()
  })

  void test('so many from one address an hour, and so many altogether (SR-503)', async () => {
    const small = await openAuthority({
      registration: { ...TERMS, perAddressHourly: 2, maxClients: 3 },
    })
    const from = async (address: string): Promise<number> =>
      (await send(PUBLIC, { to: small, address })).status
    assert.deepEqual(
      [await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')],
      [201, 201, 429],
    )
    assert.deepEqual([await from('198.51.100.1'), await from('198.51.100.1')], [201, 429])
    await small.close()
  })

  void test('under FAPI 2.0 nobody registers a secret, or nothing at all (SR-032)', async () => {
    const strict = await openAuthority({ profile: 'fapi2', registration: TERMS })
    const secret = { ...GOOD, token_endpoint_auth_method: 'client_secret_basic' }
    assert.equal((await send(secret, { to: strict })).status, 400)
    assert.equal((await send(PUBLIC, { to: strict })).status, 400)
    await strict.close()
  })
})

void describe('/oauth/register/{client_id} (RFC 7592)', () => {
  void test('reads, changes and ends a registration', async () => {
    const { id, path, bearer } = await registered()
    const read = await send('', { method: 'GET', path, bearer })
    assert.deepEqual([read.status, read.body['client_name']], [200, 'App'])
    const change = { ...PUBLIC, client_id: id, client_name: 'Other' }
    const put = await send(change, { method: 'PUT', path, bearer })
    assert.deepEqual([put.status, put.body['client_name']], [200, 'Other'])
    const next = String(put.body['registration_access_token'])
    assert.equal((await send('', { method: 'GET', path, bearer })).status, 401)
    assert.equal((await send('', { method: 'DELETE', path, bearer: next })).status, 204)
    assert.equal((await send('', { method: 'GET', path, bearer: next })).status, 401)
    assert.notEqual((await at.store.principals.find('default', id))?.revokedAt, null)
  })

  void test('what a change leaves out was never said', async () => {
    const { id, path, bearer } = await registered({ ...PUBLIC, contacts: ['a@app.example'] })
    const put = await send({ ...PUBLIC, client_id: id }, { method: 'PUT', path, bearer })
    assert.deepEqual([put.status, put.body['contacts']], [200, undefined])
  })

  void test('a client that changes to a secret gets one, and loses it when it changes back', async () => {
    const { id, path, bearer } = await registered()
    const secret = { ...GOOD, client_id: id }
    const put = await send(secret, { method: 'PUT', path, bearer })
    assert.match(String(put.body['client_secret']), /^cs_cs_/)
    const second = String(put.body['registration_access_token'])
    const again = await send(secret, { method: 'PUT', path, bearer: second })
    assert.equal(again.body['client_secret'], undefined)
    const third = String(again.body['registration_access_token'])
    await send({ ...PUBLIC, client_id: id }, { method: 'PUT', path, bearer: third })
    const held = await at.store.credentials.listOf('default', id)
    assert.ok(held.length === 1 && held[0]?.revokedAt !== null)
  })

  void test('of changes at once, one wins', async () => {
    const { id, path, bearer } = await registered()
    const change = { ...PUBLIC, client_id: id }
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { status } = await send(change, { method: 'PUT', path, bearer })
        return status
      }),
    )
    assert.equal(statuses.filter((status) => status === 200).length, 1)
  })

  void test('a change that is refused changes nothing, the token neither', async () => {
    const { id, path, bearer } = await registered()
    const bad: readonly Body[] = [
      { ...PUBLIC },
      { ...PUBLIC, client_id: 'cli_other' },
      { ...PUBLIC, client_id: id, registration_access_token: bearer },
      { ...PUBLIC, client_id: id, client_id_issued_at: 1 },
      { ...PUBLIC, client_id: id, scope: 'admin' },
    ]
    for (const body of bad) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal((await send(body, { method: 'PUT', path, bearer })).status, 400)
    }
    assert.equal((await send('', { method: 'GET', path, bearer })).body['client_name'], 'App')
  })

  void test('nobody else’s token, no other credential, no unknown client: one answer (SR-201)', async () => {
    const mine = await registered()
    const other = await registered(GOOD)
    const { key } = await addApiKey(at, ['countersign:*'])
    const answers = await Promise.all(
      [
        { path: mine.path, bearer: other.bearer },
        { path: mine.path, bearer: key },
        { path: mine.path, bearer: '' },
        { path: mine.path, bearer: `${mine.bearer.slice(0, -1)}x` },
        { path: '/oauth/register/cli_0000000000000000000000', bearer: mine.bearer },
        { path: '/oauth/register/%00', bearer: mine.bearer },
      ].map((each) => send('', { method: 'GET', ...each })),
    )
    for (const { status, body } of answers) {
      assert.deepEqual([status, body['error']], [401, 'invalid_token'])
    }
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  })

  void test('the registration of one tenant is not managed through another', async () => {
    await addTenant(at, 'acme')
    const { path, bearer } = await registered()
    assert.equal((await send('', { method: 'GET', path: `/t/acme${path}`, bearer })).status, 401)
  })
})

void describe('registrations that nobody uses', () => {
  void test('are removed, and no others (SR-053)', async () => {
    const unused = await registered()
    const used = await registered()
    await giveCode(at, used, { person: await addPerson(at) })
    const { clock, authority, store } = at
    await sweepRegistrations(authority.context, clock.now())
    assert.ok((await store.principals.find('default', unused.id)) !== undefined)
    await sweepRegistrations(authority.context, clock.now() + 1)
    assert.equal(await store.principals.find('default', unused.id), undefined)
    assert.ok((await store.principals.find('default', used.id)) !== undefined)
    const token = unused
    assert.equal((await send('', { method: 'GET', ...token })).status, 401)
  })
})

void describe('oauth4webapi', () => {
  void test('registers a client, and pushes a request with it', async () => {
    const as: oauth.AuthorizationServer = {
      issuer: 'https://auth.example.com',
      registration_endpoint: 'https://auth.example.com/oauth/register',
    }
    const fetch = (url: string, init: oauth.CustomFetchOptions<string, BodyInit | undefined>) =>
      at.authority.fetch(new Request(url, init as RequestInit), { remoteAddress: '192.0.2.9' })
    const response = await oauth.dynamicClientRegistrationRequest(as, PUBLIC, {
      [oauth.customFetch]: fetch,
    })
    const client = await oauth.processDynamicClientRegistrationResponse(response)
    const pushed = await postForm(at, '/oauth/par', {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: 'https://app.example/cb',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
    })
    assert.equal(pushed.status, 201)
  })
})
