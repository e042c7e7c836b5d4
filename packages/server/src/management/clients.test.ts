/** Clients at the management API: what can be registered, what is shown, and what a change does. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { generateKeyPairSync } from 'node:crypto'
import { apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { basicAuth, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import { testKey } from '../testing/key-client.ts'
import { CLIENT_DEFAULTS } from '../model/client-settings.ts'

const CALLBACK = 'https://app.example.com/cb'
const CODE = { grantTypes: ['authorization_code', 'refresh_token'], redirectUris: [CALLBACK] }
const KEY = testKey()
const JWKS = { keys: [KEY.jwk] }
const PUBLIC = { ...CODE, tokenEndpointAuthMethod: 'none' }
const BY_KEY = { tokenEndpointAuthMethod: 'private_key_jwt', jwks: JWKS }

let at: TestAuthority
let admin: ApiCaller
before(async () => {
  at = await openAuthority()
  admin = await apiCaller(at)
})
after(() => at.close())

const create = (settings: object, by = admin) =>
  by('POST', '/v1/clients', { name: 'app', scopes: ['orders:read'], ...settings })

const privateJwk = () => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
})

void describe('POST /v1/clients', () => {
  it('makes a client of defaults with a secret, and shows every setting', async () => {
    const { status, body } = await create({})
    assert.equal(status, 201)
    assert.match(String(body['secret']), /^cs_cs_/)
    for (const [member, value] of Object.entries(CLIENT_DEFAULTS)) {
      const wanted = member === 'grantTypes' ? ['client_credentials'] : value
      assert.deepEqual(body[member], wanted, member)
    }
  })

  const secretless = {
    'a public client': PUBLIC,
    'a client with keys': BY_KEY,
    'a client with published keys': {
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: 'https://app.example.com/jwks',
    },
    'a client with a certificate': {
      tokenEndpointAuthMethod: 'tls_client_auth',
      tlsClientName: { kind: 'san_dns', value: 'app.example.com' },
    },
    'a client with a registered certificate': {
      tokenEndpointAuthMethod: 'self_signed_tls_client_auth',
      jwks: JWKS,
    },
  }
  for (const [title, settings] of Object.entries(secretless)) {
    it(`makes ${title}, without a secret`, async () => {
      const { status, body } = await create(settings)
      assert.equal(status, 201)
      assert.deepEqual([body['secret'], body['secretId']], [null, null])
      const { body: list } = await admin('GET', `/v1/clients/${String(body['id'])}/secrets`)
      assert.deepEqual(list['items'], [])
    })
  }

  it('takes every setting and shows it again', async () => {
    const settings = {
      ...CODE,
      accessTokenFormat: 'opaque',
      accessTokenTtlSeconds: 60,
      audiences: ['https://api.example.com'],
      applicationType: 'native',
      redirectUris: [CALLBACK, 'http://127.0.0.1/cb', 'com.example.app:/cb'],
      postLogoutRedirectUris: ['https://app.example.com/bye'],
      responseModes: ['query'],
      jwks: JWKS,
      requirePushedAuthorizationRequests: true,
      requireSignedRequestObject: true,
      dpopBoundAccessTokens: true,
      certificateBoundAccessTokens: true,
      refreshTokenTtlSeconds: 86_400,
      refreshTokenIdleSeconds: 3600,
      consent: 'trusted',
      backchannelLogoutUri: 'https://app.example.com/logout',
      authorizationDetailsTypes: ['payment'],
      clientUri: 'https://app.example.com/',
      logoUri: 'https://app.example.com/logo.svg',
      policyUri: 'https://app.example.com/policy',
      tosUri: 'https://app.example.com/terms',
      contacts: ['ops@example.com'],
    }
    const { status, body } = await create(settings)
    assert.equal(status, 201)
    const { body: shown } = await admin('GET', `/v1/clients/${String(body['id'])}`)
    for (const [member, value] of Object.entries(settings)) {
      assert.deepEqual(shown[member], value, member)
    }
    assert.equal(shown['origin'], 'operator')
    const pairwise = await create({ ...CODE, subjectType: 'pairwise' })
    assert.equal(pairwise.body['subjectType'], 'pairwise')
  })

  const refused: readonly (readonly [title: string, settings: object, pointer: string])[] = [
    ['codes without a redirect URI', { grantTypes: ['authorization_code'] }, '/redirectUris'],
    [
      'credentials of a public client',
      { ...PUBLIC, grantTypes: ['authorization_code', 'client_credentials'] },
      '/grantTypes',
    ],
    ['refresh tokens alone', { grantTypes: ['refresh_token'] }, '/grantTypes'],
    ['a grant type that does not exist', { grantTypes: ['password'] }, '/grantTypes/0'],
    ['plain http (SR-003)', { redirectUris: ['http://app.example.com/cb'] }, '/redirectUris/0'],
    ['a fragment', { redirectUris: [CALLBACK, `${CALLBACK}#x`] }, '/redirectUris/1'],
    ['a wildcard (SR-001)', { redirectUris: ['https://*.example.com/cb'] }, '/redirectUris/0'],
    ['loopback of a web client', { redirectUris: ['http://127.0.0.1/cb'] }, '/redirectUris/0'],
    [
      'script to return to',
      { postLogoutRedirectUris: ['javascript:alert(1)'] },
      '/postLogoutRedirectUris/0',
    ],
    ['codes that cannot be answered', { ...CODE, responseModes: [] }, '/responseModes'],
    ['keys twice', { ...BY_KEY, jwksUri: 'https://app.example.com/jwks' }, '/jwksUri'],
    ['no keys', { tokenEndpointAuthMethod: 'private_key_jwt' }, '/jwks'],
    ['no certificate', { tokenEndpointAuthMethod: 'self_signed_tls_client_auth' }, '/jwks'],
    ['signed requests without keys', { requireSignedRequestObject: true }, '/jwks'],
    ['a private key', { ...BY_KEY, jwks: { keys: [privateJwk()] } }, '/jwks/keys/0'],
    [
      'a secret as a key',
      { ...BY_KEY, jwks: { keys: [KEY.jwk, { kty: 'oct', alg: 'HS256', k: 'A'.repeat(43) }] } },
      '/jwks/keys/1',
    ],
    [
      'an algorithm that is not taken',
      { ...BY_KEY, jwks: { keys: [{ ...testKey('RS256').jwk, alg: 'RS512' }] } },
      '/jwks/keys/0',
    ],
    ['two keys of one name', { ...BY_KEY, jwks: { keys: [KEY.jwk, testKey().jwk] } }, '/jwks/keys'],
    ['half a key', { ...BY_KEY, jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } }, '/jwks/keys/0'],
    ['keys over plain http', { ...BY_KEY, jwks: null, jwksUri: 'http://a.example/k' }, '/jwksUri'],
    [
      'a name for TLS and no TLS',
      { tlsClientName: { kind: 'san_dns', value: 'a' } },
      '/tlsClientName',
    ],
    ['TLS without a name', { tokenEndpointAuthMethod: 'tls_client_auth' }, '/tlsClientName'],
    ['a grant for a second', { refreshTokenTtlSeconds: 1 }, '/refreshTokenTtlSeconds'],
    [
      'a token that idles for longer than its grant lives',
      { refreshTokenTtlSeconds: 3600, refreshTokenIdleSeconds: 7200 },
      '/refreshTokenIdleSeconds',
    ],
    [
      'pairwise subjects over two hosts',
      { ...CODE, redirectUris: [CALLBACK, 'https://b.example/cb'], subjectType: 'pairwise' },
      '/sectorIdentifierUri',
    ],
    ['pairwise subjects of nobody', { subjectType: 'pairwise' }, '/sectorIdentifierUri'],
    ['a logo over plain http', { logoUri: 'http://app.example.com/l' }, '/logoUri'],
    ['a page of script', { clientUri: 'javascript:alert(1)' }, '/clientUri'],
    [
      'a logout address with a user in it',
      { backchannelLogoutUri: 'https://a@app.example.com/' },
      '/backchannelLogoutUri',
    ],
    ['an origin of its own', { origin: 'registration' }, '/origin'],
  ]
  for (const [title, settings, pointer] of refused) {
    it(`refuses ${title}`, async () => {
      const { status, text } = await create(settings)
      assert.equal(status, 422, text)
      assert.ok(text.includes(`"${pointer}"`), text)
      assert.doesNotMatch(text, /"d":/)
    })
  }

  it('refuses what the profile does not take (SR-032)', async () => {
    const strict = await openAuthority({ profile: 'fapi2' })
    const by = await apiCaller(strict)
    const secret = await create({}, by)
    assert.deepEqual([secret.status, secret.text.includes('/tokenEndpointAuthMethod')], [422, true])
    const rs256 = { ...BY_KEY, jwks: { keys: [testKey('RS256').jwk] } }
    assert.equal((await create(rs256, by)).status, 422)
    assert.equal((await create(BY_KEY, by)).status, 201)
    await strict.close()
  })
})

const change = (id: string, settings: object) => admin('PATCH', `/v1/clients/${id}`, settings)

void describe('PATCH /v1/clients/{id}', () => {
  const form = { grant_type: 'client_credentials' }

  it('checks the settings as they are afterwards, and changes nothing else', async () => {
    const id = textOf(await create(CODE), 'id')
    assert.equal((await change(id, { redirectUris: [] })).status, 422)
    const { status, body } = await change(id, { contacts: ['ops@example.com'] })
    assert.equal(status, 200)
    assert.deepEqual(body['redirectUris'], [CALLBACK])
    assert.deepEqual(body['contacts'], ['ops@example.com'])
  })

  it('is seen by the very next request of a client whose secret was remembered', async () => {
    const made = await create({})
    const client = { id: textOf(made, 'id'), secret: textOf(made, 'secret') }
    const headers = { authorization: basicAuth(client) }
    assert.equal((await postForm(at, '/oauth/token', form, headers)).status, 200)
    const audiences = ['https://new.example.com']
    assert.equal((await change(client.id, { audiences, grantTypes: [] })).status, 200)
    assert.equal((await postForm(at, '/oauth/token', form, headers)).status, 400)
  })

  it('to a key ends the secrets for good, and tokens live on', async () => {
    const made = await create({})
    const client = { id: textOf(made, 'id'), secret: textOf(made, 'secret') }
    const headers = { authorization: basicAuth(client) }
    assert.equal((await postForm(at, '/oauth/token', form, headers)).status, 200)
    assert.equal((await change(client.id, BY_KEY)).status, 200)
    assert.equal((await postForm(at, '/oauth/token', form, headers)).status, 401)
    const rotated = await admin('POST', `/v1/clients/${client.id}/rotate-secret`, {})
    assert.equal(rotated.status, 409)
    const back = { tokenEndpointAuthMethod: 'client_secret_basic', jwks: null }
    assert.equal((await change(client.id, back)).status, 200)
    assert.equal((await postForm(at, '/oauth/token', form, headers)).status, 401)
    const anew = await admin('POST', `/v1/clients/${client.id}/rotate-secret`, {})
    const secret = textOf(anew, 'secret')
    const again = { authorization: basicAuth({ id: client.id, secret }) }
    assert.equal((await postForm(at, '/oauth/token', form, again)).status, 200)
  })

  it('of a registered client never makes it trusted', async () => {
    const id = textOf(await create(CODE), 'id')
    const record = await at.store.principals.find('default', id)
    assert.ok(record?.client)
    const client = { ...record.client, origin: 'registration' } as const
    await at.store.principals.update('default', id, { client })
    assert.equal((await change(id, { consent: 'trusted' })).status, 422)
    assert.equal((await change(id, { consent: 'ask' })).status, 200)
  })
})
