/** RFC 8414 and OpenID Connect Discovery; RFC 7517 for the key set. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { discoveryRequest, processDiscoveryResponse } from 'oauth4webapi'
import {
  addTenant,
  discover,
  jsonOf,
  LOOPBACK,
  post,
  startAuthority,
  type Served,
} from './support.ts'

let at: Served
before(async () => {
  at = await startAuthority()
  await addTenant(at, 'acme')
})
after(() => at.close())

test('oauth4webapi discovers the issuer by both documents, and by tenant (SR-055)', async () => {
  for (const issuer of [at.url, `${at.url}/t/acme`]) {
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- four small requests
      const response = await discoveryRequest(new URL(issuer), { algorithm, ...LOOPBACK })
      // oxlint-disable-next-line no-await-in-loop -- see above
      const metadata = await processDiscoveryResponse(new URL(issuer), response)
      assert.equal(metadata.issuer, issuer)
      assert.equal(metadata.token_endpoint, `${issuer}/oauth/token`)
    }
  }
})

const PATHS = [
  ['/.well-known/oauth-authorization-server', ''],
  ['/.well-known/openid-configuration', ''],
  ['/.well-known/oauth-authorization-server/t/acme', '/t/acme'],
  ['/.well-known/openid-configuration/t/acme', '/t/acme'],
  ['/t/acme/.well-known/openid-configuration', '/t/acme'],
  ['/t/acme/.well-known/oauth-authorization-server', '/t/acme'],
] as const

for (const [path, issuer] of PATHS) {
  test(`answers ${path}`, async () => {
    const response = await fetch(at.url + path)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal((await jsonOf(response))['issuer'], at.url + issuer)
  })
}

test('says what clients must know before they ask (SR-005, SR-018)', async () => {
  const metadata: Readonly<Record<string, unknown>> = { ...(await discover(at.url)) }
  const said = {
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: false,
    request_uri_parameter_supported: false,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['ES256'],
    backchannel_logout_supported: true,
    authorization_endpoint: `${at.url}/oauth/authorize`,
    pushed_authorization_request_endpoint: `${at.url}/oauth/par`,
    userinfo_endpoint: `${at.url}/oauth/userinfo`,
    end_session_endpoint: `${at.url}/oauth/logout`,
    ui_locales_supported: ['en', 'de'],
  }
  for (const [name, value] of Object.entries(said)) assert.deepEqual(metadata[name], value, name)
})

test('is the same document at both addresses, for scripts of any origin (§3)', async () => {
  const bodies = await Promise.all(
    PATHS.map(async ([path]) => {
      const response = await fetch(at.url + path)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      return response.text()
    }),
  )
  assert.equal(new Set(bodies).size, 2)
})

test('under fapi2 says that requests have to be pushed, and offers no shared secret', async () => {
  const strict = await startAuthority({}, { profile: 'fapi2' })
  const metadata: Readonly<Record<string, unknown>> = { ...(await discover(strict.url)) }
  assert.equal(metadata['require_pushed_authorization_requests'], true)
  assert.ok(!JSON.stringify(metadata).includes('client_secret'))
  await strict.close()
})

const NOTHING = [
  '/.well-known/oauth-authorization-server/t/nobody',
  '/.well-known/oauth-authorization-server/t/default',
  '/.well-known/oauth-authorization-server/x',
  '/.well-known/oauth-authorization-server/t/acme/oauth/token',
  '/t/default/oauth/jwks',
  '/t/nobody/oauth/jwks',
  '/t//oauth/jwks',
  '/t/%61cme/oauth/jwks',
  '/oauth/jwks/',
  '/OAUTH/JWKS',
  '//oauth/jwks',
]

for (const path of NOTHING) {
  test(`has nothing at ${path}: a document has one address`, async () => {
    const response = await fetch(at.url + path)
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
  })
}

test('advertises nothing that does not exist', async () => {
  const metadata: Readonly<Record<string, unknown>> = { ...(await discover(at.url)) }
  const urls = Object.entries(metadata).filter(([name]) => /_(?:endpoint|uri)$/.test(name))
  assert.ok(urls.length >= 4)
  assert.equal(metadata['registration_endpoint'], undefined)
  for (const [name, url] of urls) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of requests
    const response = await fetch(String(url), { method: name === 'jwks_uri' ? 'GET' : 'POST' })
    assert.notEqual(response.status, 404, name)
  }
  for (const grantType of metadata['grant_types_supported'] as readonly string[]) {
    // oxlint-disable-next-line no-await-in-loop -- one grant type so far
    const response = await post(`${at.url}/oauth/token`, `grant_type=${grantType}`)
    // oxlint-disable-next-line no-await-in-loop -- see above
    assert.notEqual((await jsonOf(response))['error'], 'unsupported_grant_type')
  }
})

test('publishes keys with unique kids, their algorithm and nothing private (SR-050, RFC 7517)', async () => {
  const response = await fetch(`${at.url}/oauth/jwks`)
  assert.equal(response.headers.get('content-type'), 'application/jwk-set+json')
  // The test fails on what is not there.
  const { keys } = (await jsonOf(response)) as { keys: readonly Record<string, unknown>[] }
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  }
})

test('lets caches keep the key set for as long as rotation waits, and revalidate it', async () => {
  const first = await fetch(`${at.url}/oauth/jwks`)
  assert.equal(first.headers.get('cache-control'), 'public, max-age=300')
  const etag = first.headers.get('etag') ?? ''
  const again = await fetch(`${at.url}/oauth/jwks`, { headers: { 'if-none-match': etag } })
  assert.equal(again.status, 304)
  assert.equal(await again.text(), '')
})

test('answers HEAD like GET, without the body', async () => {
  const response = await fetch(`${at.url}/oauth/jwks`, { method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '')
})
