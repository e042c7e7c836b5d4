/** What an adapter does with a desk that is a protected resource of OAuth (RFC 9728). */
import { strict as assert } from 'node:assert'
import { after, before, it } from 'node:test'
import { scriptedDesk } from './adapter-desk.ts'
import { ask, run, type Running, type Serve } from './adapter-server.ts'
import { fieldValues, type WireAnswer, type WireRequest } from './adapter-wire.ts'

const IDENTIFIER = 'https://api.example.test/orders'
const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const PATHS = [`${WELL_KNOWN}/orders`, WELL_KNOWN]
const CHALLENGE = `Bearer realm="api", resource_metadata="https://api.example.test${WELL_KNOWN}/orders"`

/** Declares the tests. `serve` mounts the adapter on the paths of `desk.resource` as well. */
export function declareMetadata(serve: Serve): void {
  let app: Running
  before(async () => {
    const resource = { identifier: IDENTIFIER, authorizationServers: ['https://auth.example.test'] }
    const { desk } = scriptedDesk({ resource, origins: ['https://app.example.test'] })
    app = await run(serve, desk, { requirement: { scopes: ['orders:read', 'orders:write'] } })
  })
  after(() => app.close())
  const tell = async (request: WireRequest): Promise<WireAnswer> => {
    const answer = await ask(app, request)
    assert(answer !== undefined, 'the server hung up')
    assert.equal(app.calls.length, 0, 'the handler ran')
    return answer
  }
  for (const target of PATHS) {
    it(`serves the metadata at ${target}, to everybody`, async () => {
      const told = await tell({ target, authority: 'evil.example' })
      assert.equal(told.status, 200)
      assert.deepEqual(JSON.parse(told.body), {
        resource: IDENTIFIER,
        authorization_servers: ['https://auth.example.test'],
        bearer_methods_supported: ['header'],
      })
      assert.match(fieldValues(told, 'content-type').join(), /^application\/json/)
      assert.deepEqual(fieldValues(told, 'access-control-allow-origin'), ['*'])
      assert.deepEqual(fieldValues(told, 'cache-control'), ['public, max-age=3600'])
    })
    it(`answers HEAD and preflights at ${target}`, async () => {
      assert.equal((await tell({ target, method: 'HEAD' })).status, 200)
      const told = await tell({ target, method: 'OPTIONS' })
      assert.equal(told.status, 204)
      assert.deepEqual(fieldValues(told, 'access-control-allow-methods'), ['GET, HEAD, OPTIONS'])
    })
    it(`protects every other request to ${target}`, async () => {
      assert.equal((await tell({ target, method: 'POST' })).status, 401)
    })
  }
  it('serves nothing under another spelling of the path', async () => {
    for (const target of [`${PATHS[0]}/../../orders`, `${WELL_KNOWN}%2forders`, `/${PATHS[0]}`]) {
      const told = await ask(app, { target })
      assert(told?.status !== undefined && told.status >= 400, `${target}: ${told?.status}`)
    }
  })
  const challenges: readonly (readonly [string, WireRequest, number, string])[] = [
    ['401 without a credential', {}, 401, ''],
    [
      '401 for a bad token',
      { headers: [['Authorization', 'Bearer bad']] },
      401,
      ', error="invalid_token"',
    ],
    [
      '403 for a narrow token',
      { headers: [['Authorization', 'Bearer good']] },
      403,
      ', error="insufficient_scope"',
    ],
    ['401 for a token in the query', { target: '/orders?access_token=good' }, 401, ''],
    ['401 for another Host', { authority: 'evil.example' }, 401, ''],
  ]
  for (const [what, request, status, error] of challenges) {
    it(`names the metadata and all scopes with a ${what}`, async () => {
      const told = await tell(request)
      assert.equal(told.status, status)
      const fields = fieldValues(told, 'www-authenticate').join(', ')
      assert(fields.includes(`${CHALLENGE}${error}, scope="orders:read orders:write"`), fields)
    })
  }
  it('refuses the page of another origin before it looks at credentials', async () => {
    const headers = [
      ['Origin', 'https://evil.example'],
      ['Authorization', 'Bearer good'],
    ] as const
    const told = await tell({ headers })
    assert.equal(told.status, 403)
    assert.equal(JSON.parse(told.body).code, 'origin-denied')
    assert.deepEqual(fieldValues(told, 'www-authenticate'), [])
  })
}
