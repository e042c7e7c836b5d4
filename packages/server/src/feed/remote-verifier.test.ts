import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { guard, type Guard } from 'countersign'
import { authority, type AuthorityClient } from 'countersign/authority'
import { requestView } from 'countersign/testing'
import { addKey, addService, apiCaller, type ApiCaller } from '../testing/api-caller.ts'
import {
  addApiKey,
  addClient,
  basicAuth,
  openAuthority,
  postForm,
  serveLocally,
  type TestAuthority,
} from '../testing/authority.ts'

const AUDIENCE = 'https://api.example.com'
const PASSWORD = 'correct horse battery staple'
const SCOPES = ['countersign:feed:read', 'countersign:verify', 'countersign:introspect']

const basic = (password: string): readonly [string, string] => [
  'authorization',
  `Basic ${btoa(`ada:${password}`)}`,
]

/** An API in another process, as far as it can tell: it knows the authority over HTTP only. */
describe('a remote verifier', () => {
  let test: TestAuthority
  let server: Awaited<ReturnType<typeof serveLocally>>
  let remote: AuthorityClient
  let desk: Guard
  let admin: ApiCaller
  let serviceId: string

  before(async () => {
    test = await openAuthority({ audience: AUDIENCE, clock: Date.now })
    server = await serveLocally(test.authority)
    admin = await apiCaller(test)
    serviceId = await addService(admin)
    const { key } = await addApiKey(test, SCOPES)
    remote = authority({
      issuer: 'https://auth.example.com',
      url: server.url,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      credential: key,
      allowPrivateHosts: ['127.0.0.1'],
      unsafe: { allowHttp: true },
    })
    desk = guard({ methods: remote.methods })
    await remote.ready()
  })
  after(async () => {
    await remote.close()
    await server.close()
    await test.close()
  })

  async function ask(...headers: readonly (readonly [string, string])[]): Promise<string> {
    const decision = await desk.check(requestView({ headers }), { scopes: ['orders:read'] })
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  /** Asks until the answer changes, and answers with the new one. */
  async function changed(
    from: string,
    ...headers: readonly (readonly [string, string])[]
  ): Promise<string> {
    for (;;) {
      const outcome = await ask(...headers)
      if (outcome !== from) return outcome
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  async function token(accessTokenFormat: 'jwt' | 'opaque'): Promise<string> {
    const client = await addClient(test, { accessTokenFormat })
    const form = { grant_type: 'client_credentials', scope: 'orders:read' }
    const headers = { authorization: basicAuth(client) }
    const answer = await postForm(test, '/oauth/token', form, headers)
    // The answer of a token endpoint (RFC 6749 §5.1).
    const { access_token: value } = (await answer.json()) as { access_token: string }
    return value
  }

  it('accepts an API key until it is revoked at the authority', async () => {
    const { id, secret } = await addKey(admin, serviceId)
    const sent = ['x-api-key', secret] as const
    assert.equal(await ask(sent), 'allowed')
    await admin('DELETE', `/v1/keys/${id}`)
    assert.equal(await changed('allowed', sent), 'api-key.revoked')
  })

  it('sees changed scopes of a leased key', async () => {
    const { id, secret } = await addKey(admin, serviceId, { scopes: ['orders:read'] })
    const sent = ['x-api-key', secret] as const
    assert.equal(await ask(sent), 'allowed')
    const answer = await admin('PATCH', `/v1/keys/${id}`, { scopes: ['orders:write'] })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(await changed('allowed', sent), 'permission.scope-missing')
  })

  for (const format of ['jwt', 'opaque'] as const) {
    it(`accepts a ${format} access token until it is revoked at the authority`, async () => {
      const value = await token(format)
      const sent = ['authorization', `Bearer ${value}`] as const
      assert.equal(await ask(sent), 'allowed')
      const revoked = await admin('POST', '/v1/revocations', { token: value })
      assert.equal(revoked.status, 201, revoked.text)
      assert.match(await changed('allowed', sent), /^(jwt|opaque)\.(revoked|inactive)$/)
    })
  }

  it('accepts a user over HTTPS, and no other password', async () => {
    const body = { name: 'Ada', username: 'ada', password: PASSWORD, scopes: ['orders:read'] }
    const made = await admin('POST', '/v1/users', body)
    assert.equal(made.status, 201, made.text)
    assert.equal(await ask(basic(PASSWORD)), 'allowed')
    assert.equal(await ask(basic('wrong')), 'basic.credentials-invalid')
  })

  it('refuses what the authority never issued', async () => {
    const { secret } = await addKey(admin, serviceId)
    assert.equal(await ask(['x-api-key', `${secret.slice(0, -1)}!`]), 'api-key.malformed')
    const value = await token('jwt')
    const forged = `${value.slice(0, -4)}AAAA`
    assert.match(await ask(['authorization', `Bearer ${forged}`]), /^jwt\./)
  })
})
