/** RFC 7662: introspection of both kinds of token. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  introspectionRequest,
  processIntrospectionResponse,
  type AuthorizationServer,
  type IntrospectionResponse,
} from 'oauth4webapi'
import {
  addApiKey,
  addTenant,
  API,
  discover,
  jsonOf,
  LOOPBACK,
  post,
  registerClient,
  startAuthority,
  tokenOf,
  type Served,
  type StrictClient,
} from './support.ts'

let at: Served
let as: AuthorizationServer
let reader: StrictClient
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
  reader = await registerClient(at)
})
after(() => at.close())

async function introspect(token: string): Promise<IntrospectionResponse> {
  const response = await introspectionRequest(as, reader.client, reader.auth, token, LOOPBACK)
  return processIntrospectionResponse(as, reader.client, response)
}

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`describes a live ${accessTokenFormat} token (§2.2)`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const { iat, exp, jti, ...rest } = await introspect(
      await tokenOf(as, client, { scope: 'profile' }),
    )
    assert.deepEqual(rest, {
      active: true,
      scope: 'profile',
      client_id: client.client.client_id,
      token_type: 'Bearer',
      sub: client.client.client_id,
      aud: API,
      iss: at.url,
    })
    assert.equal(exp, Number(iat) + 900)
    assert.ok(jti)
  })

  test(`answers the same when it is asked again, and writes nothing: ${accessTokenFormat}`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const token = await tokenOf(as, client)
    const head = await at.store.events.head()
    assert.deepEqual(await introspect(token), await introspect(token))
    assert.equal(await at.store.events.head(), head)
  })

  test(`calls an altered ${accessTokenFormat} token inactive, and says no more`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const token = await tokenOf(as, client)
    for (const index of [5, 20, token.length - 20]) {
      const altered =
        token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1)
      // oxlint-disable-next-line no-await-in-loop -- three requests
      assert.deepEqual(await introspect(altered), { active: false })
    }
  })

  test(`calls a ${accessTokenFormat} token of another tenant inactive`, async () => {
    const id = `tenant-${accessTokenFormat}`
    await addTenant(at, id)
    const other = await discover(`${at.url}/t/${id}`)
    const client = await registerClient(at, { accessTokenFormat }, { tenant: id })
    assert.deepEqual(await introspect(await tokenOf(other, client)), { active: false })
  })
}

test('calls what never was a token inactive', async () => {
  for (const token of ['x', 'a.b.c', '..', 'cs_at_000000000000_', '☃', 'x'.repeat(9000)]) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of requests
    assert.deepEqual(await introspect(token), { active: false })
  }
})

test('wants a token (§2.1)', async () => {
  const { client, secret } = reader
  const basic = Buffer.from(`${client.client_id}:${secret}`).toString('base64')
  const response = await post(`${at.url}/oauth/introspect`, '', { authorization: `Basic ${basic}` })
  assert.equal(response.status, 400)
})

test('tells nothing to a caller who did not authenticate (SR-029, §2.1)', async () => {
  const token = await tokenOf(as, reader)
  const response = await post(`${at.url}/oauth/introspect`, `token=${token}`)
  assert.equal(response.status, 401)
  assert.equal((await jsonOf(response))['error'], 'invalid_client')
})

test('takes an API key with countersign:introspect, as Bearer and as X-API-Key', async () => {
  const token = await tokenOf(as, reader)
  const { key } = await addApiKey(at, ['countersign:introspect'])
  for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
    // oxlint-disable-next-line no-await-in-loop -- two requests
    const response = await post(`${at.url}/oauth/introspect`, `token=${token}`, headers)
    // oxlint-disable-next-line no-await-in-loop -- see above
    assert.equal((await jsonOf(response))['active'], true)
  }
})

test('refuses an API key without the scope, of another tenant, or beside a client secret', async () => {
  const token = await tokenOf(as, reader)
  const url = `${at.url}/oauth/introspect`
  const { key: weak } = await addApiKey(at, ['orders:read'])
  assert.equal((await post(url, `token=${token}`, { 'x-api-key': weak })).status, 403)
  await addTenant(at, 'strangers')
  const { key: foreign } = await addApiKey(at, ['countersign:introspect'], { tenant: 'strangers' })
  assert.equal((await post(url, `token=${token}`, { 'x-api-key': foreign })).status, 403)
  const { key } = await addApiKey(at, ['countersign:introspect'])
  const both = `token=${token}&client_id=${reader.client.client_id}&client_secret=${reader.secret}`
  assert.equal((await post(url, both, { 'x-api-key': key })).status, 400)
})
