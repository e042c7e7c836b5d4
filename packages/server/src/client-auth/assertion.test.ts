import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { addClient, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import {
  addKeyClient,
  assertionForm,
  testDpop,
  testKey,
  type AssertionInput,
  type KeyClient,
  type TestAlgorithm,
  type TestKey,
} from '../testing/key-client.ts'
import type { Services } from '../services.ts'
import { provesByAssertion } from './assertion.ts'
import { ASSERTION_ATTACKS, AUDIENCE_ATTACKS, type AssertionChange } from './attacks.ts'

const ISSUER = 'https://auth.example.com'
const PROFILES = ['oauth21', 'fapi2', 'legacy'] as const

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** An authority, two clients with keys, and requests for tokens that nothing but the proof can spoil. */
class World {
  readonly at: TestAuthority
  readonly client: KeyClient
  readonly other: KeyClient
  readonly #stranger: TestKey = testKey()
  readonly #dpop: Awaited<ReturnType<typeof testDpop>>

  private constructor(
    at: TestAuthority,
    { client, other }: { client: KeyClient; other: KeyClient },
    dpop: Awaited<ReturnType<typeof testDpop>>,
  ) {
    this.at = at
    this.client = client
    this.other = other
    this.#dpop = dpop
  }

  static async open(options: Parameters<typeof openAuthority>[0] = {}): Promise<World> {
    const at = await openAuthority({ unsafe: { noReplayFence: true }, ...options })
    const clients = { client: await addKeyClient(at), other: await addKeyClient(at) }
    return new World(at, clients, await testDpop())
  }

  get material() {
    const { client, other, at } = this
    return { clientId: client.id, otherClientId: other.id, issuer: ISSUER, now: at.clock.now() }
  }

  form(change: AssertionChange = {}, client = this.client, input: Partial<AssertionInput> = {}) {
    const others = { otherClient: this.other.key, stranger: this.#stranger }
    const now = this.at.clock.now()
    return assertionForm(client, { audience: ISSUER, now, change, others, ...input })
  }

  async token(form: Readonly<Record<string, string>>): Promise<Answered> {
    const dpop = await this.#dpop(`${ISSUER}/oauth/token`, this.at.clock.now())
    const all = { grant_type: 'client_credentials', ...form }
    const response = await postForm(this.at, '/oauth/token', all, { dpop })
    return { status: response.status, body: (await response.json()) as Answered['body'] }
  }

  async status(change: AssertionChange = {}, client = this.client): Promise<number> {
    return (await this.token(this.form(change, client))).status
  }
}

for (const profile of PROFILES) {
  void describe(`private_key_jwt under ${profile}`, () => {
    let world: World
    before(async () => {
      world = await World.open({ profile })
    })
    after(() => world.at.close())

    void test('a good assertion proves the client, with or without its id beside it', async () => {
      assert.equal(await world.status(), 200)
      assert.equal(await world.status({ form: { client_id: world.client.id } }), 200)
      assert.equal(await world.status({ header: { typ: 'client-authentication+jwt' } }), 200)
      assert.equal(await world.status({ header: { typ: 'JWT' } }), 200)
      assert.equal(await world.status({ header: { kid: undefined } }), 200)
    })

    void test('iat and nbf eight seconds ahead are a clock that differs (SR-033)', async () => {
      const ahead = world.at.clock.now() + 8
      assert.equal(await world.status({ claims: { iat: ahead, nbf: ahead } }), 200)
      assert.equal(await world.status({ claims: { iat: undefined } }), 200)
    })

    void test('an assertion works once (ensure-client-assertion-jti-reuse-fails)', async () => {
      const form = world.form()
      assert.equal((await world.token(form)).status, 200)
      assert.equal((await world.token(form)).status, 401)
      const jti = 'the-same-name'
      assert.equal(await world.status({ claims: { jti } }), 200)
      assert.equal(await world.status({ claims: { jti } }), 401)
      assert.equal(await world.status({ claims: { jti } }, world.other), 200)
    })

    const attacks =
      profile === 'legacy' ? ASSERTION_ATTACKS : [...ASSERTION_ATTACKS, ...AUDIENCE_ATTACKS]
    for (const { title, change, error = 'invalid_client' } of attacks) {
      void test(`does not take: ${title}`, async () => {
        world.at.clock.pass(61)
        const { status, body } = await world.token(world.form(change(world.material)))
        assert.deepEqual([status, body['error']], [error === 'invalid_client' ? 401 : 400, error])
      })
    }
  })
}

void test('legacy takes an endpoint for an audience, and says so at the start', async () => {
  const world = await World.open({ profile: 'legacy' })
  assert.equal(await world.status({ claims: { aud: `${ISSUER}/oauth/token` } }), 200)
  await world.at.close()
})

void describe('algorithms', () => {
  const taken: Readonly<Record<TestAlgorithm, readonly string[]>> = {
    ES256: ['oauth21', 'fapi2'],
    PS256: ['oauth21', 'fapi2'],
    EdDSA: ['oauth21', 'fapi2'],
    RS256: ['oauth21'],
  }
  for (const algorithm of ['ES256', 'PS256', 'EdDSA', 'RS256'] as const) {
    for (const profile of ['oauth21', 'fapi2'] as const) {
      const good = taken[algorithm].includes(profile)
      void test(`${algorithm} is ${good ? '' : 'not '}taken under ${profile}`, async () => {
        const world = await World.open({ profile })
        const client = await addKeyClient(world.at, {}, { key: testKey(algorithm) })
        assert.equal(await world.status({}, client), good ? 200 : 401)
        await world.at.close()
      })
    }
  }
})

void test('an assertion is remembered for as long as it would be taken', async () => {
  const world = await World.open()
  const form = world.form({ claims: { exp: world.at.clock.now() + 500 } })
  assert.equal((await world.token(form)).status, 200)
  for (const seconds of [1, 400, 108]) {
    world.at.clock.pass(seconds)
    // oxlint-disable-next-line no-await-in-loop -- time passes between them
    await world.at.store.replays.sweep(world.at.clock.now(), 1000)
    // oxlint-disable-next-line no-await-in-loop -- time passes between them
    assert.equal((await world.token(form)).status, 401)
  }
  await world.at.close()
})

void test('keys prove nobody who is registered for another mechanism (SR-031)', async () => {
  const world = await World.open()
  const { key } = world.client
  const jwks = { keys: [key.jwk] }
  const methods = [
    'client_secret_basic',
    'client_secret_post',
    'tls_client_auth',
    'self_signed_tls_client_auth',
    'none',
  ] as const
  for (const tokenEndpointAuthMethod of methods) {
    // oxlint-disable-next-line no-await-in-loop -- one mechanism after the other
    const { id } = await addClient(world.at, { tokenEndpointAuthMethod, jwks })
    // oxlint-disable-next-line no-await-in-loop -- one mechanism after the other
    assert.equal(await world.status({}, { id, key }), 401, tokenEndpointAuthMethod)
  }
  const { id, secret } = await addClient(world.at)
  const posted = await world.token({ client_id: id, client_secret: secret })
  assert.equal(posted.status, 401, 'a secret that belongs into the header')
  await world.at.close()
})

void describe('whoever fails', () => {
  void test('is told the same for an unknown client, a wrong proof and a wrong mechanism (SR-201)', async () => {
    const world = await World.open()
    const basic = await addClient(world.at)
    const nobody = { id: 'cli_0000000000000000000000', key: world.client.key }
    const publicClient = await addClient(world.at, { tokenEndpointAuthMethod: 'none' })
    const answers = [
      await world.token(world.form({}, nobody)),
      await world.token(world.form({ signer: 'stranger' })),
      await world.token(world.form({}, { id: basic.id, key: world.client.key })),
      await world.token(world.form({}, { id: publicClient.id, key: world.client.key })),
      await world.token({ client_id: world.client.id }),
      await world.token({ client_id: basic.id }),
      await world.token({ client_id: nobody.id }),
      await world.token({ client_id: world.client.id, client_secret: basic.secret }),
    ]
    assert.deepEqual(new Set(answers.map((each) => JSON.stringify(each))).size, 1)
    assert.equal(answers[0]?.status, 401)
    await world.at.close()
  })

  void test('is slowed down, whatever it tries (SR-030), and nothing it sent is logged', async () => {
    const world = await World.open()
    for (let count = 0; count < 10; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- failures are counted one after the other
      assert.equal(await world.status({ signer: 'stranger' }), 401)
    }
    assert.equal(await world.status(), 429)
    assert.equal(await world.status({}, world.other), 200)
    const form = world.form({ signer: 'stranger' }, world.other)
    await world.token(form)
    const log = world.at.logged.join('\n')
    assert.ok(log.includes('private_key_jwt'))
    assert.ok(!log.includes(form['client_assertion'] ?? ''))
    await world.at.close()
  })

  void test('is one whose client was revoked', async () => {
    const world = await World.open()
    assert.equal(await world.status(), 200)
    await world.at.store.principals.revoke('default', world.client.id, world.at.clock.now())
    assert.equal(await world.status(), 401)
    await world.at.close()
  })

  void test('is a client of another tenant', async () => {
    const world = await World.open()
    const response = await postForm(world.at, '/t/other/oauth/token', world.form())
    assert.equal(response.status, 404)
    await world.at.close()
  })
})

void test('a secret is no proof under fapi2 (SR-032), even a good one', async () => {
  const world = await World.open({ profile: 'fapi2' })
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- two mechanisms
    const { id, secret } = await addClient(world.at, { tokenEndpointAuthMethod })
    // oxlint-disable-next-line no-await-in-loop -- two mechanisms
    const { status } = await world.token({ client_id: id, client_secret: secret })
    assert.equal(status, 401)
  }
  await world.at.close()
})

void test('keys that a client publishes are fetched, and fetched again when they rotate', async () => {
  const keys = [testKey()]
  let fetched = 0
  const server = createServer((_request, response) => {
    fetched += 1
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ keys: keys.map(({ jwk }, index) => ({ ...jwk, kid: `${index}` })) }),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const world = await World.open({
    allowPrivateHosts: ['127.0.0.1'],
    unsafe: { allowHttp: true, noReplayFence: true },
  })
  const jwksUri = `http://127.0.0.1:${address.port}/jwks`
  const { id } = await addClient(world.at, { tokenEndpointAuthMethod: 'private_key_jwt', jwksUri })
  const by = (index: number) => {
    const key = keys[index] ?? testKey()
    return world.status({ header: { kid: `${index}` } }, { id, key })
  }
  assert.equal(await by(0), 200)
  assert.equal(await by(0), 200)
  assert.equal(fetched, 1)
  keys.push(testKey())
  assert.equal(await by(1), 200)
  assert.equal(fetched, 2)
  assert.equal(await by(7), 401)
  assert.equal(await by(8), 401)
  assert.equal(fetched, 3, 'invented kids do not make us fetch')
  server.close()
  await world.at.close()
})

void test('an address of keys that is private is never fetched (SR-048)', async () => {
  const world = await World.open()
  const jwksUri = 'https://127.0.0.1:1/jwks'
  const { id } = await addClient(world.at, { tokenEndpointAuthMethod: 'private_key_jwt', jwksUri })
  assert.equal(await world.status({}, { id, key: world.client.key }), 401)
  await world.at.close()
})

void describe('after a loss of the database (SR-107)', () => {
  void test('what may have been used before is refused until it has expired, and is no 401', async () => {
    const world = await World.open({ unsafe: {} })
    // Beyond the fence of the new database, which stands at the time of the machine.
    world.at.clock.pass(100_000_000)
    await world.at.store.replays.raiseFence(world.at.clock.now())
    assert.equal(await world.status(), 503)
    assert.equal(await world.status({ claims: { iat: undefined } }), 503)
    world.at.clock.pass(30)
    assert.equal(await world.status(), 200)
    assert.equal(await world.status({ claims: { iat: undefined } }), 503, 'of unknown age')
    world.at.clock.pass(600)
    assert.equal(await world.status({ claims: { iat: undefined } }), 200)
    await world.at.close()
  })
})

void test('the subject is compared with the client, whoever looked the client up', async () => {
  const world = await World.open()
  const { at, client, other } = world
  const record = await at.store.principals.find('default', client.id)
  assert.ok(record?.client)
  // The context of a test authority is all of its services.
  const services = at.authority.context as Services
  const call = {
    services,
    tenant: { id: 'default', issuer: ISSUER },
    client: { principal: record, settings: record.client },
    path: '/oauth/token',
    now: at.clock.now(),
  }
  const proves = (sub: string): Promise<boolean> =>
    provesByAssertion(call, world.form({ claims: { sub } })['client_assertion'] ?? '')
  assert.equal(await proves(other.id), false)
  assert.equal(await proves(client.id), true)
  await at.close()
})
