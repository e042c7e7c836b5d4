import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { guard, memoryReplay, type Guard } from 'countersign'
import { authority } from 'countersign/authority'
import { dpop, jwkThumbprint } from 'countersign/dpop'
import { dpopProof, importSigningKey } from 'countersign/dpop/sign'
import { requestView } from 'countersign/testing'
import { addKey, addService, apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { addApiKey, openAuthority, serveLocally, type TestAuthority } from '../testing/authority.ts'

const url = 'https://api.example.com/orders'

let test: TestAuthority
let admin: ApiCaller
let desk: Guard
let serviceId: string

before(async () => {
  test = await openAuthority({ clock: Date.now, unsafe: { noReplayFence: true } })
  admin = await apiCaller(test)
  desk = test.authority.desk({ audience: 'https://api.example.com' }).guard()
  serviceId = await addService(admin)
})
after(() => test.close())

async function holder() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  const jkt = (await jwkThumbprint(jwk)) ?? ''
  const key = await importSigningKey({ jwk, algorithm: 'ES256' })
  const proof = (accessToken: string) =>
    dpopProof({ key, method: 'GET', url, accessToken, now: seconds() })
  return { jkt, proof }
}

const seconds = (): number => Math.floor(Date.now() / 1000)

async function decide(
  headers: readonly (readonly [string, string])[],
  to: Guard = desk,
): Promise<string> {
  const parts = { authority: 'api.example.com', target: '/orders', headers }
  const decision = await to.check(requestView(parts), { scopes: ['orders:read'] })
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

const bearer = (key: string) => [['authorization', `Bearer ${key}`]] as const
async function proven(key: string, proof: (key: string) => Promise<string> | string) {
  return [
    ['authorization', `DPoP ${key}`],
    ['dpop', await proof(key)],
  ] as const
}

describe('an API key that is bound to a DPoP key', () => {
  it('works with a proof of that key, and not alone or with another', async () => {
    const [mine, other] = [await holder(), await holder()]
    const { id, secret } = await addKey(admin, serviceId, { confirmation: { jkt: mine.jkt } })
    assert.equal(await decide(await proven(secret, mine.proof)), 'allowed')
    assert.equal(await decide(bearer(secret)), 'api-key.binding-unproven')
    assert.equal(await decide([['x-api-key', secret]]), 'api-key.binding-unproven')
    const others = await proven(secret, other.proof)
    assert.equal(await decide(others), 'api-key.binding-unproven')
    const shown = await admin('GET', `/v1/keys/${id}`)
    assert.deepEqual(shown.body['confirmation'], { jkt: mine.jkt })
    const { items } = await test.store.events.list({ tenant: 'default', limit: 50 })
    const created = items.find(({ subject, type }) => subject === id && type === 'key.created')
    assert.deepEqual(created?.data['boundBy'], ['jkt'])
  })

  it('stays bound when it is rotated', async () => {
    const mine = await holder()
    const { id } = await addKey(admin, serviceId, { confirmation: { jkt: mine.jkt } })
    const next = await admin('POST', `/v1/keys/${id}/rotate`, {})
    const secret = textOf(next, 'secret')
    assert.deepEqual(next.body['confirmation'], { jkt: mine.jkt })
    assert.equal(await decide(bearer(secret)), 'api-key.binding-unproven')
    assert.equal(await decide(await proven(secret, mine.proof)), 'allowed')
  })

  it('is bound, bound to another key and let go by PATCH', async () => {
    const mine = await holder()
    const { id, secret } = await addKey(admin, serviceId)
    assert.equal(await decide(bearer(secret)), 'allowed')
    const patch = (confirmation: unknown) => admin('PATCH', `/v1/keys/${id}`, { confirmation })
    assert.equal((await patch({ jkt: mine.jkt })).status, 200)
    assert.equal(await decide(bearer(secret)), 'api-key.binding-unproven')
    assert.equal(await decide(await proven(secret, mine.proof)), 'allowed')
    assert.equal((await admin('PATCH', `/v1/keys/${id}`, { name: 'n' })).status, 200)
    assert.equal(await decide(bearer(secret)), 'api-key.binding-unproven')
    assert.equal((await patch(null)).status, 200)
    assert.equal(await decide(bearer(secret)), 'allowed')
  })

  it('is bound for verifiers that ask the authority, too', async () => {
    const mine = await holder()
    const { secret } = await addKey(admin, serviceId, { confirmation: { jkt: mine.jkt } })
    const server = await serveLocally(test.authority)
    const { key } = await addApiKey(test, ['countersign:feed:read', 'countersign:verify'])
    const remote = authority({
      issuer: 'https://auth.example.com',
      url: server.url,
      audience: 'urn:api',
      algorithms: ['ES256'],
      credential: key,
      allowPrivateHosts: ['127.0.0.1'],
      unsafe: { allowHttp: true },
    })
    const replay = memoryReplay({ unsafe: { noFence: true } })
    const edge = guard({ methods: remote.methods.map((method) => dpop(method, { replay })) })
    await remote.ready()
    assert.equal(await decide(bearer(secret), edge), 'api-key.binding-unproven')
    assert.equal(await decide(await proven(secret, mine.proof), edge), 'allowed')
    await remote.close()
    await server.close()
  })
})

describe('an API key that is bound to a certificate', () => {
  it('is of no use without it', async () => {
    const thumbprint = createHash('sha256').update('a certificate').digest('base64url')
    const { secret } = await addKey(admin, serviceId, { confirmation: { 'x5t#S256': thumbprint } })
    assert.equal(await decide(bearer(secret)), 'api-key.binding-unproven')
  })
})

describe('the binding of an API key', () => {
  const good = createHash('sha256').update('x').digest('base64url')
  for (const [what, confirmation] of [
    ['nothing', {}],
    ['a text', good],
    ['an unknown kind of key', { kid: good }],
    ['a short thumbprint', { jkt: good.slice(1) }],
    ['a thumbprint in hexadecimal', { jkt: Buffer.from(good, 'base64url').toString('hex') }],
    ['a thumbprint with a second spelling', { jkt: `${good.slice(0, -1)}B` }],
    ['one good and one bad', { jkt: good, 'x5t#S256': '' }],
    ['no text', { jkt: 5 }],
  ] as const) {
    it(`is not ${what}`, async () => {
      const body = { serviceId, name: 'k', scopes: [], confirmation }
      const made = await admin('POST', '/v1/keys', body)
      assert.equal(made.status, 422, made.text)
      assert.match(made.text, /confirmation/)
    })
  }
})
