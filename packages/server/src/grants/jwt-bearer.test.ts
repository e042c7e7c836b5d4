import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ConfigError } from 'countersign'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeGrant } from '../credentials/grants.ts'
import {
  addClient,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { claimsOf } from '../testing/claims.ts'
import { ask, type Answered } from '../testing/devices.ts'
import { addUser, type TestPerson } from '../testing/people.ts'
import { testIssuer } from '../testing/trusted-issuer.ts'
import { ASSERTED_ATTACKS } from '../trusted-issuers/attacks.ts'
import { resolveTrustedIssuers } from '../trusted-issuers/options.ts'
import { JWT_BEARER_GRANT } from './jwt-bearer.ts'

const idp = testIssuer()
const elsewhere = testIssuer('https://idp.acme.example.com', { tenant: 'acme' })
let at: TestAuthority
let client: TestClient
let alice: TestPerson

before(async () => {
  at = await openAuthority({
    trustedIssuers: [idp.options, elsewhere.options],
    unsafe: { noReplayFence: true },
  })
  client = await addClient(at, { grantTypes: [JWT_BEARER_GRANT] })
  alice = await addUser(at, 'alice', { scopes: ['orders:read'] })
})
after(() => at.close())

const bear = (assertion: string, form = {}, by = client): Promise<Answered> => {
  const all = { grant_type: JWT_BEARER_GRANT, assertion, ...form }
  return ask(at, by, { path: '/oauth/token', form: all })
}
const good = (change = {}): Promise<string> => idp.assert(at.clock.now(), change)
const jag = (claims = {}): Promise<string> =>
  good({ typ: 'oauth-id-jag+jwt', claims: { client_id: client.id, ...claims } })

void describe('jwt-bearer', () => {
  void test('the word of an issuer is a token for a person, and a grant; no refresh token', async () => {
    const claims = { auth_time: 7, amr: ['pwd', 'otp'] }
    const { status, body } = await bear(await good({ claims }))
    assert.equal(status, 200)
    const token = claimsOf(body['access_token'])
    assert.equal(token['sub'], alice.id)
    // What the person may hand on, within the issuer's and the client's.
    assert.equal(token['scope'], 'orders:read')
    assert.deepEqual([token['auth_time'], token['amr']], [7, ['pwd', 'otp']])
    assert.equal(body['refresh_token'], undefined)
  })

  for (const { title, change } of ASSERTED_ATTACKS) {
    void test(`refused: ${title}`, async () => {
      const now = at.clock.now()
      const { status, body } = await bear(await idp.assert(now, change(now)))
      assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
    })
  }

  void test('refused: a second time, also by another client; 20 at once are one', async () => {
    const other = await addClient(at, { grantTypes: [JWT_BEARER_GRANT] })
    const once = await good()
    assert.equal((await bear(once)).status, 200)
    assert.equal((await bear(once, {}, other)).body['error'], 'invalid_grant')
    const many = await good()
    const all = await Promise.all(Array.from({ length: 20 }, () => bear(many)))
    assert.equal(all.filter(({ status }) => status === 200).length, 1)
  })

  void test('refused: an issuer that only another tenant trusts', async () => {
    const { body } = await bear(await elsewhere.assert(at.clock.now()))
    assert.equal(body['error'], 'invalid_grant')
  })

  void test('refused: scopes beyond the person, a resource beyond the client', async () => {
    const scope = 'orders:write'
    assert.equal((await bear(await good(), { scope })).body['error'], 'invalid_scope')
    const none = await good({ claims: { scope: 'payments:write' } })
    assert.equal((await bear(none)).body['error'], 'invalid_scope')
    const resource = 'https://foreign.example.com'
    assert.equal((await bear(await good(), { resource })).body['error'], 'invalid_target')
  })

  void test('refused: no assertion, a client without the grant, one that proves nothing', async () => {
    const path = '/oauth/token'
    const missing = await ask(at, client, { path, form: { grant_type: JWT_BEARER_GRANT } })
    assert.equal(missing.body['error'], 'invalid_request')
    const other = await addClient(at)
    assert.equal((await bear(await good(), {}, other)).body['error'], 'unauthorized_client')
    const grantTypes = [JWT_BEARER_GRANT]
    const open = await addClient(at, { grantTypes, tokenEndpointAuthMethod: 'none' })
    const assertion = await good()
    const form = { grant_type: JWT_BEARER_GRANT, assertion, client_id: open.id }
    assert.match(await (await postForm(at, path, form)).text(), /unauthorized_client/)
  })

  void test('an identity assertion grant is for its client and its resource (ID-JAG)', async () => {
    const resource = 'https://other.example.com'
    const { status, body } = await bear(await jag({ resource }))
    assert.equal(status, 200)
    assert.equal(claimsOf(body['access_token'])['aud'], resource)
    const foreign = await jag({ resource: 'https://foreign.example.com' })
    assert.equal((await bear(foreign)).body['error'], 'invalid_target')
    const first = { resource: 'https://api.example.com' }
    assert.equal((await bear(await jag({ resource }), first)).body['error'], 'invalid_target')
  })

  void test('its grant can be revoked, and its tokens end', async () => {
    const { body } = await bear(await good())
    const { grant_id: id } = claimsOf(body['access_token'])
    const { context } = at.authority
    await revokeGrant(context, { tenant: 'default', id: String(id) }, SYSTEM_ACTOR)
    const tenant = { id: 'default', issuer: 'https://auth.example.com' }
    assert.equal(id === undefined, false)
    const revoked = context.revocations.find({ tenant: tenant.id, grantId: String(id) })
    assert.ok(revoked !== undefined)
  })
})

void describe('trusted issuers as configured', () => {
  const { jwks, ...rest } = idp.options as { jwks: { keys: [] } } & typeof idp.options
  const wrong: readonly (readonly [string, object])[] = [
    ['no issuer', { jwks, issuer: '' }],
    ['a shared secret', { jwks, algorithms: ['HS256'] }],
    ['no algorithm', { jwks, algorithms: [] }],
    ['no keys', {}],
    ['keys twice', { jwks, jwksUri: 'https://idp.example.com/jwks' }],
    ['a private key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }],
    ['a scope that is none', { jwks, scopes: ['a b'] }],
    ['two ways to a person', { jwks, principal: () => undefined }],
  ]
  for (const [title, change] of wrong) {
    void test(`refused at the start: ${title}`, () => {
      const given = { ...rest, ...change } as typeof idp.options // wrong on purpose
      assert.throws(() => resolveTrustedIssuers([given]), ConfigError)
    })
  }
  void test('refused at the start: an issuer twice', () => {
    assert.throws(() => resolveTrustedIssuers([idp.options, idp.options]), ConfigError)
  })
})
