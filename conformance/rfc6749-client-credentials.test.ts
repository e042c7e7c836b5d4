/** RFC 6749 §2.3, §3.2, §4.4, §5: client authentication, the token endpoint, client credentials. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  processClientCredentialsResponse,
  ResponseBodyError,
  type AuthorizationServer,
} from 'oauth4webapi'
import {
  clientCredentialsGrant,
  discovery,
  ClientSecretPost as Post,
  allowInsecureRequests,
} from 'openid-client'
import {
  addTenant,
  API,
  discover,
  jsonOf,
  LOOPBACK,
  post,
  registerClient,
  startAuthority,
  type Served,
  type StrictClient,
} from './support.ts'
import { createClientSecret } from '../packages/server/src/credentials/client-secrets.ts'

/** Every byte escaped: the same text to whoever decodes forms. */
const escapeAll = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/../g, (byte) => `%${byte}`)

const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

let at: Served
let as: AuthorizationServer
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
})
after(() => at.close())

const grant = async ({ client, auth }: StrictClient, parameters: Record<string, string> = {}) => {
  const response = await clientCredentialsGrantRequest(as, client, auth, parameters, LOOPBACK)
  return processClientCredentialsResponse(as, client, response)
}

const refused = async (promise: Promise<unknown>, status: number, error: string): Promise<void> => {
  await assert.rejects(promise, (thrown) => {
    assert.ok(thrown instanceof ResponseBodyError, String(thrown))
    assert.deepEqual({ status: thrown.status, error: thrown.error }, { status, error })
    return true
  })
}

for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post'] as const) {
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    test(`oauth4webapi gets a token: ${tokenEndpointAuthMethod}, ${accessTokenFormat} (§4.4, §5.1)`, async () => {
      const client = await registerClient(at, { tokenEndpointAuthMethod, accessTokenFormat })
      const token = await grant(client, { scope: 'orders:read' })
      assert.equal(token.token_type, 'bearer')
      assert.equal(token.expires_in, 900)
      assert.equal(token.scope, 'orders:read')
      assert.equal(token.access_token.split('.').length, accessTokenFormat === 'jwt' ? 3 : 1)
    })
  }
}

test('openid-client gets a token after OpenID discovery', async () => {
  const settings = { tokenEndpointAuthMethod: 'client_secret_post' } as const
  const { client, secret } = await registerClient(at, settings)
  const options = { execute: [allowInsecureRequests] }
  const config = await discovery(
    new URL(at.url),
    client.client_id,
    undefined,
    Post(secret),
    options,
  )
  const token = await clientCredentialsGrant(config, { scope: 'profile', resource: API })
  assert.equal(token.scope, 'profile')
})

test('form-urlencodes id and secret before base64 (SR-035, §2.3.1)', async () => {
  const { client, secret } = await registerClient(at)
  const headers = basic(escapeAll(client.client_id), escapeAll(secret))
  const response = await post(`${at.url}/oauth/token`, 'grant_type=client_credentials', headers)
  assert.equal(response.status, 200)
})

test('answers an unknown client, a wrong secret and a wrong mechanism with the same bytes (SR-201)', async () => {
  const known = await registerClient(at)
  const posting = await registerClient(at, { tokenEndpointAuthMethod: 'client_secret_post' })
  const answers = await Promise.all(
    [
      basic('cli_unknown', known.secret),
      basic(known.client.client_id, posting.secret),
      basic(known.client.client_id, 'nonsense'),
      basic(posting.client.client_id, posting.secret),
    ].map((headers) => post(`${at.url}/oauth/token`, 'grant_type=client_credentials', headers)),
  )
  const seen = await Promise.all(
    answers.map(async (answer) => [
      answer.status,
      answer.headers.get('www-authenticate'),
      await answer.text(),
    ]),
  )
  for (const one of seen) assert.deepEqual(one, seen[0])
  assert.equal(seen[0]?.[0], 401)
  assert.match(String(seen[0]?.[1]), /^Basic realm=/)
})

test('refuses a second mechanism on one request (SR-031)', async () => {
  const { client, secret } = await registerClient(at)
  const response = await post(
    `${at.url}/oauth/token`,
    `grant_type=client_credentials&client_id=${client.client_id}&client_secret=${secret}`,
    basic(client.client_id, secret),
  )
  assert.equal(response.status, 400)
  assert.equal((await jsonOf(response))['error'], 'invalid_request')
})

const REQUESTS: readonly (readonly [name: string, body: string, error: string])[] = [
  ['without a grant type', '', 'invalid_request'],
  ['with an empty grant type', 'grant_type=', 'invalid_request'],
  ['of an unknown grant type', 'grant_type=password', 'unsupported_grant_type'],
  ['of a grant type of JavaScript', 'grant_type=constructor', 'unsupported_grant_type'],
  ['for a scope it may not have', 'grant_type=client_credentials&scope=admin', 'invalid_scope'],
  ['for a malformed scope', 'grant_type=client_credentials&scope=a%22b', 'invalid_scope'],
  [
    'for an unregistered resource',
    'grant_type=client_credentials&resource=https%3A%2F%2Fevil.example',
    'invalid_target',
  ],
  [
    'for a resource by prefix',
    'grant_type=client_credentials&resource=https%3A%2F%2Fapi.example.com%2F',
    'invalid_target',
  ],
  [
    'for two resources',
    'grant_type=client_credentials&resource=https%3A%2F%2Fapi.example.com&resource=https%3A%2F%2Fother.example.com',
    'invalid_target',
  ],
  [
    'with a repeated parameter (SR-012)',
    'grant_type=client_credentials&scope=profile&scope=profile',
    'invalid_request',
  ],
  ['with a broken escape', 'grant_type=client_credentials&scope=%zz', 'invalid_request'],
]

for (const [name, body, error] of REQUESTS) {
  test(`refuses a request ${name}: ${error} (§5.2)`, async () => {
    const { client, secret } = await registerClient(at)
    const response = await post(`${at.url}/oauth/token`, body, basic(client.client_id, secret))
    assert.equal(response.status, 400)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const answer = await jsonOf(response)
    assert.equal(answer['error'], error)
    assert.match(String(answer['error_description']), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })
}

test('keeps tokens out of every cache (SR-027, §5.1)', async () => {
  const { client, secret } = await registerClient(at)
  const body = 'grant_type=client_credentials'
  const response = await post(`${at.url}/oauth/token`, body, basic(client.client_id, secret))
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
})

test('has neither the implicit nor the password grant (SR-010)', async () => {
  const { client, secret } = await registerClient(at)
  for (const grantType of ['password', 'implicit']) {
    const body = `grant_type=${grantType}&username=alice&password=wonderland`
    const response = await post(`${at.url}/oauth/token`, body, basic(client.client_id, secret))
    assert.equal((await jsonOf(response))['error'], 'unsupported_grant_type')
  }
  const offered = as.grant_types_supported ?? []
  assert.ok(offered.includes('client_credentials'))
  assert.ok(!offered.includes('password') && !offered.includes('implicit'))
  assert.ok(!(as.response_types_supported ?? []).some((type) => type.includes('token')))
})

test('gives a client no scope that it was not registered for (SR-054)', async () => {
  const client = await registerClient(at)
  await refused(grant(client, { scope: 'orders:read countersign:*' }), 400, 'invalid_scope')
})

test('refuses a grant type that the client is not registered for', async () => {
  const client = await registerClient(at, { grantTypes: [] })
  await refused(grant(client), 400, 'unauthorized_client')
})

test('knows a client at its own tenant only', async () => {
  await addTenant(at, 'acme')
  const { client, secret } = await registerClient(at, {}, { tenant: 'acme' })
  const headers = {
    authorization: `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`,
  }
  const body = 'grant_type=client_credentials'
  assert.equal((await post(`${at.url}/t/acme/oauth/token`, body, headers)).status, 200)
  assert.equal((await post(`${at.url}/oauth/token`, body, headers)).status, 401)
})

test('gives all scopes of the client to a request that names none, and says so (§3.3)', async () => {
  const client = await registerClient(at, {}, { scopes: ['orders:*', 'profile'] })
  assert.equal((await grant(client)).scope, 'orders:* profile')
})

test('ignores parameters it does not know (§3.2)', async () => {
  const client = await registerClient(at)
  assert.equal((await grant(client, { color: 'blue', scope: 'profile' })).scope, 'profile')
})

test('takes parameters from the body only, and no credential from the URL (SR-028)', async () => {
  const settings = { tokenEndpointAuthMethod: 'client_secret_post' } as const
  const { client, secret } = await registerClient(at, settings)
  const query = `grant_type=client_credentials&client_id=${client.client_id}&client_secret=${secret}`
  const response = await post(`${at.url}/oauth/token?${query}`, '')
  assert.equal(response.status, 400)
  assert.equal((await jsonOf(response))['error'], 'invalid_request')
})

test('wants a form: JSON, multipart and nothing are refused (§3.2)', async () => {
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
    const response = await post(`${at.url}/oauth/token`, '{}', { 'content-type': type })
    assert.equal((await jsonOf(response))['error'], 'invalid_request', type)
  }
})

test('refuses a body above the limit without reading it into memory', async () => {
  const response = await post(`${at.url}/oauth/token`, `a=${'x'.repeat(1_000_000)}`)
  assert.equal(response.status, 400)
})

test('answers other methods with 405 and what it allows', async () => {
  const response = await fetch(`${at.url}/oauth/token`)
  assert.equal(response.status, 405)
  assert.equal(response.headers.get('allow'), 'POST, OPTIONS')
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
})

test('keeps two live secrets of a client apart (rotation without a gap)', async () => {
  const client = await registerClient(at)
  const second = await createClientSecret(
    at.authority.context,
    { tenant: 'default', clientId: client.client.client_id },
    { id: 'test', scopes: ['countersign:*'] },
  )
  assert.ok(second.ok)
  await grant(client)
  await grant({ ...client, auth: ClientSecretBasic(second.value.secret.reveal()) })
})

test('makes an address wait that keeps guessing one client, and nobody else (SR-030)', async () => {
  const victim = await registerClient(at)
  const other = await registerClient(at)
  const guess = { ...victim, auth: ClientSecretBasic('guess') }
  for (let round = 0; round < 10; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one guess after the other
    await assert.rejects(grant(guess))
  }
  await refused(grant(guess), 429, 'temporarily_unavailable')
  assert.ok((await grant(other)).access_token)
})
