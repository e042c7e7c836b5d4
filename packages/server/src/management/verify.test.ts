import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  addKey,
  addService,
  apiCaller,
  type ApiAnswer,
  type ApiCaller,
} from '../testing/api-caller.ts'
import { addClient, basicAuth, openAuthority, postForm } from '../testing/authority.ts'
import type { TestAuthority } from '../testing/authority.ts'

const AUDIENCE = 'https://api.example.com'

let test: TestAuthority
let admin: ApiCaller
let verifier: ApiCaller
let serviceId: string

before(async () => {
  test = await openAuthority({ audience: AUDIENCE })
  admin = await apiCaller(test)
  verifier = await apiCaller(test, ['countersign:verify'])
  serviceId = await addService(admin)
})
after(() => test.close())

const verify = (credential: unknown, call: ApiCaller = verifier): Promise<ApiAnswer> =>
  call('POST', '/v1/verify', { credential })

/** Has the API decide a request with these headers for `orders:read`. */
const decide = (
  headers: readonly (readonly [string, string])[],
  more: object = {},
  requirement: object = {},
) =>
  verifier('POST', '/v1/verify', {
    request: {
      method: 'GET',
      scheme: 'https',
      authority: 'api.example.com',
      target: '/orders?page=2',
      headers,
      clientAddress: '198.51.100.7',
      ...more,
    },
    requirement: { scopes: ['orders:read'], ...requirement },
  })

async function opaqueToken(): Promise<string> {
  const client = await addClient(test, { accessTokenFormat: 'opaque' })
  const headers = { authorization: basicAuth(client) }
  const answer = await postForm(test, '/oauth/token', { grant_type: 'client_credentials' }, headers)
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return token
}

describe('POST /v1/verify with a credential', () => {
  it('answers what a verifier may lease, and under which terms', async () => {
    const limits = [{ name: 'm', algorithm: 'sliding-window', limit: 5, windowSeconds: 60 }]
    const networks = ['10.0.0.0/8']
    const expiresAt = test.clock.now() + 60
    const terms = { limits, networks, expiresAt, metadata: { team: 'a' } }
    const { id, secret } = await addKey(admin, serviceId, terms)
    const asOf = test.clock.now()
    const { status, body } = await verify({ kind: 'api-key', value: secret })
    assert.equal(status, 200)
    assert.deepEqual(body, {
      outcome: 'accepted',
      principal: {
        type: 'service',
        id: serviceId,
        tenant: 'default',
        method: 'api-key',
        credentialId: id,
        scopes: ['orders:read'],
        claims: { team: 'a' },
        authenticatedAt: asOf,
        expiresAt,
      },
      limits,
      networks,
      expiresAt,
      asOf,
    })
  })

  it('says why a key is not good, to the verifier', async () => {
    const revoked = await addKey(admin, serviceId)
    await admin('DELETE', `/v1/keys/${revoked.id}`)
    const early = await addKey(admin, serviceId, { notBefore: test.clock.now() + 5 })
    const good = await addKey(admin, serviceId)
    const { mintApiKey } = await import('countersign/api-key/mint')
    const unknown = mintApiKey({ brand: 'cs', environment: 'live' }).key.reveal()
    const cases = [
      [revoked.secret, 'api-key.revoked'],
      [early.secret, 'api-key.not-yet-valid'],
      [unknown, 'api-key.unknown'],
      [`${good.secret.slice(0, -1)}0`, 'api-key.checksum-invalid'],
      ['', 'api-key.malformed'],
      ['x'.repeat(8000), 'api-key.malformed'],
      [mintApiKey({ brand: 'other', environment: 'live' }).key.reveal(), 'api-key.malformed'],
    ] as const
    for (const [value, reason] of cases) {
      const { body } = await verify({ kind: 'api-key', value })
      assert.deepEqual(body, { outcome: 'rejected', reason, asOf: test.clock.now() })
    }
  })

  it('knows no key of another tenant, whose feed it could not follow', async () => {
    const tenant = { id: 'acme', name: 'Acme' }
    assert.equal((await admin('POST', '/v1/tenants', tenant)).status, 201)
    const acme = await apiCaller(test, ['countersign:verify'], 'acme')
    const { secret } = await addKey(admin, serviceId)
    const credential = { kind: 'api-key', value: secret }
    const answer = await acme('POST', '/v1/verify', { credential }, { tenant: 'acme' })
    assert.equal(answer.body['reason'], 'api-key.unknown')
  })

  it('knows opaque tokens with their audiences, until they are revoked', async () => {
    const value = await opaqueToken()
    const { body } = await verify({ kind: 'opaque', value })
    assert.equal(body['outcome'], 'accepted', JSON.stringify(body))
    assert.deepEqual(body['audiences'], [AUDIENCE])
    const revoked = await admin('POST', '/v1/revocations', { token: value })
    assert.equal(revoked.status, 201, revoked.text)
    assert.ok(!revoked.text.includes(value))
    const later = await verify({ kind: 'opaque', value })
    assert.equal(later.body['reason'], 'opaque.inactive')
  })

  it('ends opaque tokens from before a cut-off, and none from after it', async () => {
    const value = await opaqueToken()
    const { body } = await verify({ kind: 'opaque', value })
    const { id: subject } = body['principal'] as { id: string }
    const issuedBefore = test.clock.now()
    await admin('POST', '/v1/revocations', {
      kind: 'client',
      subject,
      issuedBefore: issuedBefore - 1,
    })
    assert.equal((await verify({ kind: 'opaque', value })).body['outcome'], 'accepted')
    await admin('POST', '/v1/revocations', { kind: 'client', subject, issuedBefore })
    assert.equal((await verify({ kind: 'opaque', value })).body['reason'], 'opaque.inactive')
    const future = { kind: 'client', subject, issuedBefore: issuedBefore + 1 }
    assert.equal((await admin('POST', '/v1/revocations', future)).status, 422)
  })

  it('knows passwords; unknown user and wrong password are the same answer', async () => {
    const password = 'correct horse battery'
    const user = { username: 'alice', name: 'Alice', scopes: ['orders:read'], password }
    assert.equal((await admin('POST', '/v1/users', user)).status, 201)
    const basic = { kind: 'basic', username: 'alice', password }
    assert.equal((await verify(basic)).body['outcome'], 'accepted')
    const wrong = await verify({ ...basic, password: 'wrong' })
    const nobody = await verify({ ...basic, username: 'nobody' })
    assert.equal(wrong.text, nobody.text)
    assert.equal(wrong.body['reason'], 'basic.credentials-invalid')
  })

  it('needs exactly one of its two forms', async () => {
    const value = 'x'
    for (const body of [
      {},
      { credential: { kind: 'jwt', value } },
      { credential: { kind: 'api-key', value, extra: 1 } },
      { credential: { kind: 'api-key', value }, request: {} },
    ]) {
      assert.equal((await verifier('POST', '/v1/verify', body)).status, 422)
    }
  })
})

describe('POST /v1/verify with a described request', () => {
  it('allows what the desk allows', async () => {
    const { secret } = await addKey(admin, serviceId)
    const { body } = await decide([['X-API-Key', secret]])
    assert.equal(body['outcome'], 'allowed', JSON.stringify(body))
    assert.equal((body['principal'] as { id: string }).id, serviceId)
  })

  it('refuses with the answer to hand on, and the decision can be explained', async () => {
    const { secret } = await addKey(admin, serviceId, { scopes: ['orders:write'] })
    const { body } = await decide([['X-API-Key', secret]])
    assert.equal(body['outcome'], 'refused')
    assert.equal(body['reason'], 'permission.scope-missing')
    assert.equal(body['status'], 403)
    const explained = await admin('GET', `/v1/decisions/${String(body['decisionId'])}`)
    assert.equal(explained.status, 200)
    assert.equal(explained.body['reason'], 'permission.scope-missing')
    assert.ok(!explained.text.includes(secret))
    assert.ok(!explained.text.includes('page=2'))
  })

  it('sees a repeated header as two', async () => {
    const { secret } = await addKey(admin, serviceId)
    const { body } = await decide([
      ['Authorization', `Bearer ${secret}`],
      ['authorization', 'Bearer other'],
    ])
    assert.equal(body['reason'], 'request.duplicate-authorization')
  })

  it('asks for a stronger sign-in where the requirement does', async () => {
    const { secret } = await addKey(admin, serviceId)
    for (const requirement of [{ acr: ['urn:high'] }, { amr: ['mfa'] }]) {
      const { body } = await decide([['X-API-Key', secret]], {}, requirement)
      assert.equal(body['reason'], 'permission.authentication-insufficient')
      assert.equal(body['status'], 401)
    }
  })

  it('holds the networks of a key against the described client', async () => {
    const { secret } = await addKey(admin, serviceId, { networks: ['198.51.100.0/24'] })
    assert.equal((await decide([['x-api-key', secret]])).body['outcome'], 'allowed')
    const outside = await decide([['x-api-key', secret]], { clientAddress: '203.0.113.1' })
    assert.equal(outside.body['reason'], 'api-key.network-denied')
  })
})
