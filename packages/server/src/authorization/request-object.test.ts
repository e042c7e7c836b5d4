import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
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
import { ATTACKED_REDIRECT } from './attacks.ts'
import { requestObjectAttacks, type RequestObjectAttack } from './request-object-attacks.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { privateKey: strangerKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const jwkOf = (key: KeyObject, kid: string) => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
  alg: 'ES256',
})

const settings: Partial<ClientSettings> = {
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [ATTACKED_REDIRECT],
  authorizationDetailsTypes: ['account'],
  jwks: { keys: [jwkOf(privateKey, 'k1')] },
}

let at: TestAuthority
let client: TestClient
let other: TestClient

before(async () => {
  at = await openAuthority()
  client = await addClient(at, settings)
  other = await addClient(at, { ...settings, jwks: { keys: [jwkOf(strangerKey, 'k1')] } })
})
after(() => at.close())

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const present = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

const goodClaims = (): Readonly<Record<string, unknown>> => ({
  iss: client.id,
  aud: 'https://auth.example.com',
  exp: at.clock.now() + 300,
  nbf: at.clock.now(),
  iat: at.clock.now(),
  client_id: client.id,
  response_type: 'code',
  redirect_uri: ATTACKED_REDIRECT,
  scope: 'openid orders:read',
  state: 's',
  nonce: 'n',
  code_challenge: pkce().challenge,
  code_challenge_method: 'S256',
})

type Change = Omit<RequestObjectAttack, 'title'>

function objectOf({ claims = {}, header = {}, signer }: Change = {}): string {
  const alg = signer === 'nobody' ? 'none' : signer === 'hmac-of-public-key' ? 'HS256' : 'ES256'
  const head = { alg, kid: 'k1', typ: 'oauth-authz-req+jwt', ...header }
  const input = `${encode(present(head))}.${encode(present({ ...goodClaims(), ...claims }))}`
  return `${input}.${signatureOf(input, signer)}`
}

function signatureOf(input: string, signer: Change['signer']): string {
  if (signer === 'nobody') return ''
  if (signer === 'hmac-of-public-key') {
    const pem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' })
    return createHmac('sha256', pem).update(input).digest('base64url')
  }
  const key = signer === 'another-client' ? strangerKey : privateKey
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  if (signer === 'broken') signature.writeUInt8(signature.readUInt8(9) ^ 1, 9)
  return signature.toString('base64url')
}

async function push(form: Readonly<Record<string, string>>, by: TestClient = client) {
  const response = await postForm(at, '/oauth/par', form, { authorization: basicAuth(by) })
  // The endpoint answers JSON objects.
  const body = (await response.json()) as Readonly<Record<string, unknown>>
  return { status: response.status, error: body['error'], uri: String(body['request_uri']) }
}

const visit = async (query: Readonly<Record<string, string>>) => {
  const url = `https://auth.example.com/oauth/authorize?${new URLSearchParams(query).toString()}`
  const response = await at.authority.fetch(new Request(url), { remoteAddress: '192.0.2.7' })
  return { status: response.status, location: response.headers.get('location') ?? '' }
}

const pushObject = (change: Change = {}) =>
  push({ client_id: client.id, request: objectOf(change) })

void describe('request objects (RFC 9101)', () => {
  void test('a signed request is taken', async () => {
    assert.equal((await pushObject()).status, 201)
    const audience = ['https://other.example', 'https://auth.example.com']
    assert.equal((await pushObject({ claims: { aud: audience } })).status, 201)
    assert.equal(
      (await pushObject({ claims: { max_age: 0, claims: { userinfo: {} } } })).status,
      201,
    )
  })

  void test('without a type of its own, except where the profile asks for one', async () => {
    for (const typ of [null, 'JWT']) {
      assert.equal((await pushObject({ header: { typ } })).status, 201, String(typ))
    }
  })

  void test('only what was signed counts: parameters beside it are nothing', async () => {
    const evil = { redirect_uri: 'https://evil.example/cb', scope: 'admin', state: 'evil' }
    const { status, uri } = await push({ client_id: client.id, request: objectOf(), ...evil })
    assert.equal(status, 201)
    const id = uri.split('_').at(-2) ?? ''
    const kept = JSON.stringify((await at.store.artefacts.find(id))?.data)
    assert.ok(kept.includes('orders:read') && !kept.includes('evil') && !kept.includes('admin'))
  })

  void test('what only stands outside is missing', async () => {
    const request = objectOf({ claims: { code_challenge: null } })
    const outside = { code_challenge: pkce().challenge }
    const { error } = await push({ client_id: client.id, request, ...outside })
    assert.equal(error, 'invalid_request')
  })

  const titles = requestObjectAttacks(0, { clientId: '' })
  for (const [index, { title }] of titles.entries()) {
    void test(`refused: ${title}`, async () => {
      const attack = requestObjectAttacks(at.clock.now(), { clientId: other.id })[index]
      assert.ok(attack !== undefined)
      const { status, error } = await pushObject(attack)
      const expected = attack.error ?? 'invalid_request_object'
      const told = expected === 'invalid_redirect_uri' ? 'invalid_request' : expected
      assert.deepEqual([status, error], [400, told])
    })
  }

  void test('refused: the object of another client, by a client that has proven itself', async () => {
    const { error } = await push({ client_id: other.id, request: objectOf() }, other)
    assert.equal(error, 'invalid_request_object')
  })

  void test('refused: an object and a reference', async () => {
    const { uri } = await pushObject()
    const { error } = await push({ client_id: client.id, request: objectOf(), request_uri: uri })
    assert.equal(error, 'invalid_request')
  })

  void test('refused: an object of a client without keys', async () => {
    const bare = await addClient(at, { ...settings, jwks: null })
    const claims = { iss: bare.id, client_id: bare.id }
    const { error } = await push({ client_id: bare.id, request: objectOf({ claims }) }, bare)
    assert.equal(error, 'invalid_request_object')
  })

  void test('a client that has to sign its requests can do nothing else', async () => {
    const keys = { ...settings, requireSignedRequestObject: true }
    const strict = await addClient(at, keys)
    const claims = { iss: strict.id, client_id: strict.id }
    const signed = await push({ client_id: strict.id, request: objectOf({ claims }) }, strict)
    assert.equal(signed.status, 201)
    const plain = Object.entries({ ...goodClaims(), client_id: strict.id }).filter(
      ([name]) => !['iss', 'aud', 'exp', 'nbf', 'iat'].includes(name),
    )
    const form = Object.fromEntries(plain) as Record<string, string>
    assert.equal((await push(form, strict)).error, 'invalid_request')
  })

  void test('at the authorization endpoint: an object begins, a bad one and an address end', async () => {
    const good = await visit({ client_id: client.id, request: objectOf() })
    assert.equal(good.status, 303)
    assert.ok(!good.location.includes('error='), good.location)
    const bad = await visit({ client_id: client.id, request: objectOf({ signer: 'broken' }) })
    assert.deepEqual(bad, { status: 400, location: '' })
    const away = { client_id: client.id, request_uri: 'https://app.example.com/object' }
    assert.deepEqual(await visit(away), { status: 400, location: '' })
  })

  void test('under FAPI 2.0 what is asked for comes from the back end alone (SR-036, SR-037)', async () => {
    const strict = await openAuthority({ profile: 'fapi2' })
    const keyed = { ...settings, tokenEndpointAuthMethod: 'private_key_jwt' } as const
    const { id } = await addClient(strict, { ...keyed, dpopBoundAccessTokens: true })
    const query = new URLSearchParams({
      client_id: id,
      response_type: 'code',
      redirect_uri: ATTACKED_REDIRECT,
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
      authorization_details: '[{"type":"account"}]',
    })
    const url = `https://auth.example.com/oauth/authorize?${query.toString()}`
    const response = await strict.authority.fetch(new Request(url), { remoteAddress: '192.0.2.7' })
    assert.match(response.headers.get('location') ?? '', /error=invalid_request/)
    await strict.close()
  })
})
