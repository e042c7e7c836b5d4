/** RFC 9068, with RFC 7519 and RFC 8707: JWT access tokens, read by somebody else's library. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify, type JWTVerifyResult } from 'jose'
import { validateJwtAccessToken, type AuthorizationServer } from 'oauth4webapi'
import {
  addTenant,
  API,
  discover,
  LOOPBACK,
  registerClient,
  startAuthority,
  tokenOf,
  type Served,
} from './support.ts'

let at: Served
let as: AuthorizationServer
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
})
after(() => at.close())

const verify = (token: string, options: object = {}): Promise<JWTVerifyResult> =>
  jwtVerify(token, createRemoteJWKSet(new URL(String(as.jwks_uri))), {
    issuer: at.url,
    audience: API,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    ...options,
  })

test('issues exactly the claims of §2.2, typed and signed (SR-049)', async () => {
  const client = await registerClient(at)
  const earliest = Math.floor(Date.now() / 1000)
  const { payload, protectedHeader } = await verify(await tokenOf(as, client, { scope: 'profile' }))
  assert.deepEqual(Object.keys(payload).toSorted(), [
    'aud',
    'client_id',
    'exp',
    'iat',
    'iss',
    'jti',
    'scope',
    'sub',
  ])
  assert.equal(protectedHeader.typ, 'at+jwt')
  assert.equal(payload.sub, client.client.client_id)
  assert.equal(payload['client_id'], client.client.client_id)
  assert.equal(payload['scope'], 'profile')
  assert.equal(payload.aud, API)
  assert.ok(payload.iat !== undefined && payload.iat >= earliest)
  assert.equal(payload.exp, payload.iat + 900)
})

test('oauth4webapi validates the token at a resource server (§4)', async () => {
  const client = await registerClient(at)
  const token = await tokenOf(as, client)
  const request = new Request(API, { headers: { authorization: `Bearer ${token}` } })
  const claims = await validateJwtAccessToken(as, request, API, LOOPBACK)
  assert.equal(claims.client_id, client.client.client_id)
})

test('never issues the same jti twice', async () => {
  const client = await registerClient(at)
  const tokens = await Promise.all(Array.from({ length: 50 }, () => tokenOf(as, client)))
  const ids = await Promise.all(tokens.map(async (token) => (await verify(token)).payload.jti))
  assert.equal(new Set(ids).size, 50)
})

test('issues for the resource that was asked for, and for no other (SR-020, RFC 8707 §2)', async () => {
  const client = await registerClient(at)
  const other = 'https://other.example.com'
  const token = await tokenOf(as, client, { resource: other })
  assert.equal((await verify(token, { audience: other })).payload.aud, other)
  await assert.rejects(verify(token))
})

test('issues for the issuer itself to a client without audiences', async () => {
  const client = await registerClient(at, { audiences: [] })
  const { payload } = await verify(await tokenOf(as, client), { audience: at.url })
  assert.equal(payload.aud, at.url)
})

test('leaves scope out of a token without scopes (§2.2.3)', async () => {
  const client = await registerClient(at, {}, { scopes: [] })
  const { payload } = await verify(await tokenOf(as, client))
  assert.ok(!('scope' in payload))
})

test('signs the tokens of a tenant with keys that no other tenant publishes', async () => {
  await addTenant(at, 'acme')
  const acme = await discover(`${at.url}/t/acme`)
  const client = await registerClient(at, {}, { tenant: 'acme' })
  const token = await tokenOf(acme, client)
  const own = createRemoteJWKSet(new URL(String(acme.jwks_uri)))
  const { payload } = await jwtVerify(token, own, { audience: API, issuer: `${at.url}/t/acme` })
  assert.equal(payload.iss, `${at.url}/t/acme`)
  await assert.rejects(verify(token, { issuer: `${at.url}/t/acme` }))
})
