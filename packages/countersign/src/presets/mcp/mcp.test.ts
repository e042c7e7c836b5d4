import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import { ConfigError } from '../../core/errors.ts'
import type { Refused } from '../../core/decision.ts'
import type { Guard } from '../../core/guard.ts'
import { answer } from '../../core/response.ts'
import { err, ok } from '../../core/result.ts'
import type { FetchJson } from '../../net/seam.ts'
import { mint } from '../../testing/mint.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { mcpAttacks } from './attacks.ts'
import { mcp, type McpDesk } from './mcp.ts'
import type { McpIssuer, McpRules } from './options.ts'

const RESOURCE = 'https://mcp.example/mcp'
const ISSUER = 'https://issuer.example.test'
const METADATA_PATH = '/.well-known/oauth-protected-resource/mcp'
const issuer = await mint.jwt({ issuer: ISSUER, audience: RESOURCE })
const stranger = await mint.jwt({ issuer: 'https://evil.example', audience: RESOURCE })

/** What the issuer publishes. */
const documents: Readonly<Record<string, unknown>> = {
  [`${ISSUER}/.well-known/openid-configuration`]: { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` },
  [`${ISSUER}/keys`]: issuer.jwks,
}
const fetchJson: FetchJson = async ({ url }) =>
  Object.hasOwn(documents, url)
    ? ok(documents[url])
    : err({ kind: 'status', status: 404, message: 'status 404' })

const deskOf = (more: Partial<McpRules & McpIssuer> = {}): McpDesk =>
  mcp({
    resource: RESOURCE,
    issuer: ISSUER,
    discovery: { fetchJson },
    scopes: ['mcp:use'],
    tools: { refund: ['payments:write', 'orders:write'], '*': [] },
    operations: { 'resources/read': ['files:read'] },
    ...more,
  })

const bearer = (token: string) => [['Authorization', `Bearer ${token}`]] as const

async function refusalOf(desk: Guard, parts: RequestParts): Promise<Refused | undefined> {
  const decision = await desk.check(requestView(parts))
  return decision.outcome === 'refused' ? decision : undefined
}

const post = (token: string, message: object): RequestParts => ({
  method: 'POST',
  target: '/mcp',
  headers: bearer(token),
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
})
const call = (name: string): object => ({ method: 'tools/call', params: { name, arguments: {} } })

describe('an MCP server', () => {
  let token: string
  let wide: string
  before(async () => {
    token = await issuer.mint({ scope: 'mcp:use' })
    wide = await issuer.mint({ scope: 'mcp:use payments:* orders:write' })
  })
  it('refuses every attack for its reason', async () => {
    const desk = deskOf()
    const attacks = mcpAttacks({
      token,
      otherAudience: await issuer.mint({ aud: 'https://mcp.example', scope: 'mcp:use' }),
      otherIssuer: await stranger.mint({ scope: 'mcp:use' }),
      idToken: await issuer.broken('wrong-type', { scope: 'mcp:use' }),
      narrow: await issuer.mint({ scope: 'other:thing' }),
      metadataPath: METADATA_PATH,
      tool: 'refund',
    })
    for (const attack of attacks) {
      const refused = await refusalOf(desk, attack)
      assert.equal(refused?.reason, attack.reason, attack.name)
      const told = JSON.stringify(answer(refused, desk))
      assert(!told.includes(token) && !told.includes('evil.example'), attack.name)
      assert(!told.includes('rebound.example'), attack.name)
    }
  })
  it('takes a token of its issuer for its URL, by discovery alone', async () => {
    for (const message of [{ method: 'ping' }, call('echo'), { result: {} }]) {
      assert.equal(await refusalOf(deskOf(), post(token, message)), undefined)
    }
    for (const method of ['GET', 'DELETE']) {
      assert.equal(await refusalOf(deskOf(), { method, headers: bearer(token) }), undefined)
    }
  })
  it('says where to get a token, and with which scopes, in one challenge', async () => {
    const desk = deskOf()
    const refused = await refusalOf(desk, { target: '/mcp' })
    assert(refused !== undefined)
    const { status, headers } = answer(refused, desk)
    assert.equal(status, 401)
    assert.deepEqual(
      headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value),
      [
        `Bearer realm="api", resource_metadata="https://mcp.example${METADATA_PATH}", scope="mcp:use"`,
      ],
    )
  })
  it('asks for every scope of a tool at once (step-up)', async () => {
    const desk = deskOf()
    const refused = await refusalOf(desk, post(token, call('refund')))
    assert(refused !== undefined)
    const { status, headers } = answer(refused, desk)
    assert.equal(status, 403)
    assert.equal(
      new Map(headers).get('www-authenticate'),
      `Bearer realm="api", resource_metadata="https://mcp.example${METADATA_PATH}", error="insufficient_scope", scope="mcp:use payments:write orders:write"`,
    )
  })
  it('accounts for hierarchies: payments:* covers payments:write', async () => {
    assert.equal(await refusalOf(deskOf(), post(wide, call('refund'))), undefined)
  })
  it('asks for the scopes of a route as well', async () => {
    const desk = deskOf()
    const decision = await desk.check(requestView(post(token, { method: 'ping' })), {
      scopes: ['admin:all'],
    })
    assert(decision.outcome === 'refused')
    assert.deepEqual(decision.requiredScopes, ['mcp:use', 'admin:all'])
  })
  it('asks for scopes by JSON-RPC method', async () => {
    const refused = await refusalOf(deskOf(), post(wide, { method: 'resources/read' }))
    assert.deepEqual(refused?.requiredScopes, ['mcp:use', 'files:read'])
  })
  it('asks of a tool that is not named what * asks', async () => {
    const desk = deskOf({ tools: { refund: [], '*': ['any:tool'] } })
    for (const name of ['echo', 'constructor', '__proto__', 'toString', '*']) {
      const refused = await refusalOf(desk, post(wide, call(name)))
      assert.deepEqual(refused?.requiredScopes, ['mcp:use', 'any:tool'], name)
    }
    assert.equal(await refusalOf(desk, post(wide, call('refund'))), undefined)
  })
  it('reads no message beyond its bound', async () => {
    const refused = await refusalOf(deskOf({ maxBodyBytes: 30 }), post(token, { method: 'ping' }))
    assert.equal(refused?.reason, 'request.body-too-large')
  })
  it('leaves bodies alone where nothing depends on them', async () => {
    const view = {
      ...requestView(post(token, call('refund'))),
      body: () => assert.fail('the body was read'),
    }
    const desk = deskOf({ tools: {}, operations: {} })
    assert.equal((await desk.check(view)).outcome, 'allowed')
  })
  it('lets pages of its own origin and of those named call', async () => {
    const desk = deskOf({ origins: ['https://app.example'] })
    for (const origin of ['https://mcp.example', 'https://app.example']) {
      const headers = [...bearer(token), ['Origin', origin] as const]
      const refused = await refusalOf(desk, { ...post(token, { method: 'ping' }), headers })
      assert.equal(refused, undefined)
    }
  })
  it('publishes what it asks for, and its issuer', async () => {
    const told = await deskOf({ name: 'Shop' }).check(requestView({ target: METADATA_PATH }))
    assert(told.outcome === 'published')
    assert.deepEqual(JSON.parse(told.body), {
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      scopes_supported: ['mcp:use', 'payments:write', 'orders:write', 'files:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Shop',
    })
  })
  it('hands the caller to the SDK without the token', async () => {
    const desk = deskOf()
    const decision = await desk.check(requestView(post(token, { method: 'ping' })))
    assert(decision.outcome === 'allowed')
    const { principal } = decision
    const info = desk.authInfo(principal)
    assert.deepEqual(info, {
      token: '',
      clientId: principal.type === 'service' ? undefined : principal.clientId,
      scopes: ['mcp:use'],
      expiresAt: principal.expiresAt,
      resource: new URL(RESOURCE),
      resourceMetadataUrl: `https://mcp.example${METADATA_PATH}`,
      extra: { principal },
    })
    assert(!JSON.stringify(info).includes(token))
    const request: Parameters<McpDesk['attachAuthInfo']>[0] = { principal }
    desk.attachAuthInfo(request, undefined, () => assert.deepEqual(request.auth, info))
  })
  it('takes both spellings of an identifier at the root as its own', async () => {
    const desk = deskOf({ resource: 'https://mcp.example' })
    for (const [aud, reason] of [
      ['https://mcp.example', undefined],
      ['https://mcp.example/', undefined],
      [RESOURCE, 'jwt.audience-mismatch'],
    ]) {
      const sent = await issuer.mint({ aud, scope: 'mcp:use' })
      assert.equal((await refusalOf(desk, post(sent, { method: 'ping' })))?.reason, reason)
    }
  })
  it('takes DPoP where it is told to, and says so after Bearer, which the SDK looks for first', async () => {
    const desk = deskOf({ dpop: {} })
    assert.deepEqual(
      desk.challenges.map(({ scheme }) => scheme),
      ['Bearer', 'DPoP'],
    )
    const told = await desk.check(requestView({ target: METADATA_PATH }))
    assert(told.outcome === 'published')
    assert.deepEqual(JSON.parse(told.body).dpop_signing_alg_values_supported, [
      'ES256',
      'Ed25519',
      'EdDSA',
    ])
  })
  it('takes methods of one’s own, for its audience', async () => {
    const audiences: (readonly string[])[] = []
    const desk = mcp({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      methods: (audience) => {
        audiences.push(audience)
        return [
          {
            name: 'jwt',
            challenge: { scheme: 'Bearer' },
            locate: () => undefined,
            verify: () => ({ outcome: 'absent' }),
          },
        ]
      },
    })
    assert.deepEqual(audiences, [[RESOURCE]])
    assert.equal((await refusalOf(desk, {}))?.reason, 'request.credential-missing')
  })
  const wrong: readonly (readonly [string, Partial<McpRules & McpIssuer>])[] = [
    ['an identifier that is not canonical', { resource: 'https://mcp.example/' }],
    ['no URL', { resource: 'mcp' }],
    ['an issuer over http', { issuer: 'http://issuer.example.test' }],
    ['a scope that is none', { scopes: ['a b'] }],
    ['a scope that is none and that nobody is told of', { scopes: ['a b'], scopesSupported: [] }],
    ['a scope of a tool that is none', { tools: { refund: ['a b'] } }],
    ['a scope of a method that is none', { operations: { ping: ['a b'] } }],
    ['a bound that is none', { maxBodyBytes: Number.NaN }],
    ['an origin that is none', { origins: ['https://app.example/'] }],
  ]
  for (const [what, options] of wrong) {
    it(`cannot be configured with ${what}`, () => {
      assert.throws(() => deskOf(options), ConfigError)
    })
  }
})
