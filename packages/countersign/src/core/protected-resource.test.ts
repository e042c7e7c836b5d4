import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { requestView, type RequestParts } from '../testing/request.ts'
import type { Refused } from './decision.ts'
import { ConfigError } from './errors.ts'
import { guard, type Guard } from './guard.ts'
import type { GuardOptions, OperationScopes } from './guard-options.ts'
import type { Method } from './method.ts'
import type { UserPrincipal } from './principal.ts'
import type { ProtectedResourceOptions } from './protected-resource.ts'
import type { Requirement } from './requirement.ts'
import { answer, type Answer } from './response.ts'
import { accepted, rejected } from './verdict.ts'

const RESOURCE: ProtectedResourceOptions = {
  identifier: 'https://api.example/v1',
  authorizationServers: ['https://auth.example'],
  scopesSupported: ['orders:read', 'orders:write'],
}
const METADATA = '/.well-known/oauth-protected-resource/v1'
const URL_IN_CHALLENGE = `resource_metadata="https://api.example${METADATA}"`

const PRINCIPAL: UserPrincipal = {
  type: 'user',
  id: 'usr_1',
  tenant: 'default',
  method: 'jwt',
  credentialId: 'jti_1',
  scopes: ['orders:*'],
  claims: { acr: 'urn:low' },
  authenticatedAt: 0,
}

const bearer: Method = {
  name: 'jwt',
  challenge: { scheme: 'Bearer' },
  locate: ({ authorization }) => (authorization?.scheme === 'bearer' ? 'authorization' : undefined),
  verify: ({ authorization }) =>
    authorization?.value === 'good' ? accepted(PRINCIPAL) : rejected('jwt.signature-invalid'),
}
const basic: Method = { ...bearer, challenge: { scheme: 'Basic' }, locate: () => undefined }
const bound: Method = {
  ...bearer,
  challenge: { scheme: 'DPoP', parameters: { algs: 'ES256 EdDSA' } },
  alternatives: [bearer.challenge],
  besides: ['tls'],
}

const deskOf = (options: Partial<GuardOptions> = {}): Guard =>
  guard({ methods: [bearer], resource: RESOURCE, ...options })

const GOOD = [['Authorization', 'Bearer good']] as const

async function ask(desk: Guard, parts: RequestParts, requirement?: Requirement): Promise<Answer> {
  const decision = await desk.check(requestView(parts), requirement)
  assert(decision.outcome !== 'allowed')
  return answer(decision, desk)
}

const fields = ({ headers }: Answer, name: string): readonly string[] =>
  headers.filter(([field]) => field === name).map(([, value]) => value)

describe('the metadata of a protected resource (RFC 9728)', () => {
  it('says what the API is, to everybody, cacheable, and readable by every page', async () => {
    for (const target of [METADATA, `${METADATA}?x=1`, '/.well-known/oauth-protected-resource']) {
      const told = await ask(deskOf(), { target })
      assert.equal(told.status, 200)
      assert.deepEqual(JSON.parse(told.body), {
        resource: 'https://api.example/v1',
        authorization_servers: ['https://auth.example'],
        scopes_supported: ['orders:read', 'orders:write'],
        bearer_methods_supported: ['header'],
      })
      assert.deepEqual(fields(told, 'access-control-allow-origin'), ['*'])
      assert.deepEqual(fields(told, 'cache-control'), ['public, max-age=3600'])
    }
  })
  it('tells of the bindings that the methods know, and what people read', async () => {
    const resource = {
      ...RESOURCE,
      name: 'Bücher 📚',
      documentation: 'https://api.example/docs',
      policy: 'https://api.example/policy',
      termsOfService: 'https://api.example/tos',
      dpopBoundAccessTokensRequired: true,
    }
    const { body } = await ask(deskOf({ methods: [bound], resource }), { target: METADATA })
    assert(/^[\x20-\x7e]*$/.test(body), 'adapters count characters as bytes')
    assert.deepEqual(JSON.parse(body), {
      resource: 'https://api.example/v1',
      authorization_servers: ['https://auth.example'],
      scopes_supported: ['orders:read', 'orders:write'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
      resource_name: 'Bücher 📚',
      resource_documentation: 'https://api.example/docs',
      resource_policy_uri: 'https://api.example/policy',
      resource_tos_uri: 'https://api.example/tos',
    })
  })
  it('grants preflights, and is told before networks, origins and credentials are looked at', async () => {
    const desk = deskOf({ networks: ['10.0.0.0/8'], origins: [] })
    const headers = [
      ['Origin', 'https://anywhere.example'],
      ['Access-Control-Request-Method', 'GET'],
    ] as const
    const preflight = await ask(desk, { method: 'OPTIONS', target: METADATA, headers })
    assert.equal(preflight.status, 204)
    assert.deepEqual(fields(preflight, 'access-control-allow-methods'), ['GET, HEAD, OPTIONS'])
    assert.equal((await ask(desk, { method: 'HEAD', target: METADATA, headers })).status, 200)
  })
  it('is of a host alone where the identifier is', () => {
    const resource = { ...RESOURCE, identifier: 'https://api.example' }
    assert.deepEqual(deskOf({ resource }).resource, {
      identifier: 'https://api.example',
      metadataUrl: 'https://api.example/.well-known/oauth-protected-resource',
      paths: ['/.well-known/oauth-protected-resource'],
    })
  })
  const elsewhere: readonly (readonly [string, RequestParts])[] = [
    ['another path beneath', { target: `${METADATA}/admin` }],
    ['a final slash', { target: `${METADATA}/` }],
    ['dot segments', { target: `${METADATA}/../../admin` }],
    ['an encoded slash', { target: '/.well-known/oauth-protected-resource%2fv1' }],
    ['an encoded letter', { target: '/.well-known/%6fauth-protected-resource/v1' }],
    ['two slashes', { target: `/${METADATA}` }],
    ['another case', { target: METADATA.toUpperCase() }],
    ['a path parameter', { target: `${METADATA};x` }],
    ['an absolute target', { target: `http://api.example${METADATA}` }],
    ['the path in a query', { target: `/orders?${METADATA}` }],
    ['POST', { target: METADATA, method: 'POST' }],
    ['a method in lower case', { target: METADATA, method: 'get' }],
  ]
  for (const [what, parts] of elsewhere) {
    it(`is not served for ${what}: that is a request like any other`, async () => {
      assert.equal((await ask(deskOf(), parts)).status, 401)
    })
  }
  it('is served by no guard that was not told to', async () => {
    const desk = guard({ methods: [bearer] })
    assert.equal((await ask(desk, { target: METADATA })).status, 401)
    assert.equal(desk.resource, undefined)
  })
  const wrong: readonly (readonly [string, Partial<ProtectedResourceOptions>])[] = [
    ['http', { identifier: 'http://api.example' }],
    ['a fragment', { identifier: 'https://api.example/#x' }],
    ['a query', { identifier: 'https://api.example/?tenant=1' }],
    ['a query behind a path', { identifier: 'https://api.example/v1?tenant=1' }],
    ['user information before a path', { identifier: 'https://me@api.example/v1' }],
    ['a final slash of a host', { identifier: 'https://api.example/' }],
    ['an upper-case host', { identifier: 'https://API.example' }],
    ['a default port', { identifier: 'https://api.example:443' }],
    ['user information', { identifier: 'https://me@api.example' }],
    ['dot segments', { identifier: 'https://api.example/a/../b' }],
    ['no URL', { identifier: 'orders' }],
    ['a quote', { identifier: 'https://api.example/"' }],
    ['no issuer', { authorizationServers: [] }],
    ['an issuer over http', { authorizationServers: ['http://auth.example'] }],
    ['an issuer with a query', { authorizationServers: ['https://auth.example/?a'] }],
    ['offline_access', { scopesSupported: ['offline_access'] }],
    ['a scope that is none', { scopesSupported: ['a b'] }],
  ]
  for (const [what, options] of wrong) {
    it(`cannot be configured with ${what}`, () => {
      assert.throws(() => deskOf({ resource: { ...RESOURCE, ...options } }), ConfigError)
    })
  }
  it('may be http on loopback, where nobody is on the path', () => {
    for (const host of ['localhost:3000', '127.0.0.1:8080', '[::1]:80'.replace(':80', ':8080')]) {
      const resource = { ...RESOURCE, identifier: `http://${host}/mcp` }
      assert.equal(deskOf({ resource }).resource?.identifier, resource.identifier)
    }
  })
})

describe('challenges of a protected resource', () => {
  const orders: Requirement = { scopes: ['orders:read', 'admin:all'] }
  const rows: readonly (readonly [string, RequestParts, Requirement, number, string])[] = [
    [
      'name metadata and scopes to who has no credential',
      {},
      orders,
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, scope="orders:read admin:all"`,
    ],
    [
      'say invalid_token',
      { headers: [['Authorization', 'Bearer bad']] },
      orders,
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, error="invalid_token", scope="orders:read admin:all"`,
    ],
    [
      'name all scopes of the operation, also those that orders:* covers',
      { headers: GOOD },
      orders,
      403,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, error="insufficient_scope", scope="orders:read admin:all"`,
    ],
    [
      'say how to sign in',
      { headers: GOOD },
      { acr: ['urn:high'], maxAuthenticationAgeSeconds: 300, scopes: ['orders:read'] },
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, error="insufficient_user_authentication", acr_values="urn:high", max_age="300", scope="orders:read"`,
    ],
    [
      'do not speak of sign-in where the token itself is bad',
      { headers: [['Authorization', 'Bearer bad']] },
      { acr: ['urn:high'] },
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, error="invalid_token"`,
    ],
    [
      'do not take a token from the query',
      { target: '/orders?access_token=good' },
      {},
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}`,
    ],
    [
      'name the configured metadata, whatever Host says (injection)',
      {
        authority: 'evil.example',
        headers: [
          ['X-Forwarded-Host', 'evil.example'],
          ['Forwarded', 'host=evil.example'],
        ],
      },
      {},
      401,
      `Bearer realm="api", ${URL_IN_CHALLENGE}`,
    ],
    [
      'say invalid_request where the request is malformed',
      { headers: [...GOOD, ...GOOD] },
      {},
      400,
      `Bearer realm="api", ${URL_IN_CHALLENGE}, error="invalid_request"`,
    ],
  ]
  for (const [what, parts, requirement, status, challenge] of rows) {
    it(what, async () => {
      const told = await ask(deskOf(), parts, requirement)
      assert.equal(told.status, status)
      assert.deepEqual(fields(told, 'www-authenticate'), [challenge])
    })
  }
  it('name it to clients of OAuth only', async () => {
    const told = await ask(deskOf({ methods: [bound, basic] }), {})
    assert.deepEqual(fields(told, 'www-authenticate'), [
      `DPoP realm="api", algs="ES256 EdDSA", ${URL_IN_CHALLENGE}`,
      `Bearer realm="api", ${URL_IN_CHALLENGE}`,
      'Basic realm="api"',
    ])
  })
})

/** The body is the scope. */
const asBody: OperationScopes = async (view) => {
  const bytes = await view.body(100)
  return bytes.ok ? [new TextDecoder().decode(bytes.value)] : rejected(bytes.error)
}

describe('scopes of an operation', () => {
  const desk = deskOf({ operationScopes: asBody })
  const send = async (text: string, requirement?: Requirement): Promise<Refused | undefined> => {
    const view = requestView({ method: 'POST', headers: GOOD, body: text })
    const decision = await desk.check(view, requirement)
    return decision.outcome === 'refused' ? decision : undefined
  }
  it('are asked beside those of the route', async () => {
    assert.equal(await send('orders:write', { scopes: ['orders:read'] }), undefined)
    const refused = await send('admin:all', { scopes: ['orders:read'] })
    assert.equal(refused?.reason, 'permission.scope-missing')
    assert.deepEqual(refused.requiredScopes, ['orders:read', 'admin:all'])
  })
  it('refuse what cannot be read', async () => {
    assert.equal((await send('x'.repeat(101)))?.reason, 'request.body-too-large')
  })
  it('are not looked for before the caller is known: strangers have no body read', async () => {
    const view = {
      ...requestView({ method: 'POST', headers: [['Authorization', 'Bearer bad']] }),
      body: () => assert.fail('the body was read'),
    }
    const decision = await desk.check(view)
    assert.equal(decision.outcome === 'refused' && decision.reason, 'jwt.signature-invalid')
  })
})

describe('web origins', () => {
  const desk = deskOf({ origins: ['https://app.example', 'http://localhost:3000'] })
  const rows: readonly (readonly [readonly string[], boolean])[] = [
    [[], true],
    [['https://app.example'], true],
    [['http://localhost:3000'], true],
    [['https://evil.example'], false],
    [['https://app.example.evil.example'], false],
    [['http://app.example'], false],
    [['https://app.example:8443'], false],
    [['null'], false],
    [[''], false],
    [['https://app.example, https://evil.example'], false],
    [['https://app.example', 'https://evil.example'], false],
  ]
  for (const [origins, passes] of rows) {
    it(`${JSON.stringify(origins)} ${passes ? 'may' : 'may not'} call`, async () => {
      const headers = [...GOOD, ...origins.map((origin) => ['Origin', origin] as const)]
      const decision = await desk.check(requestView({ headers }))
      if (passes) return assert.equal(decision.outcome, 'allowed')
      assert.equal(decision.outcome === 'refused' && decision.reason, 'request.origin-denied')
    })
  }
  it('are written as browsers write them', () => {
    for (const origin of ['https://app.example/', 'app.example', '*', 'null']) {
      assert.throws(() => deskOf({ origins: [origin] }), ConfigError)
    }
  })
})
