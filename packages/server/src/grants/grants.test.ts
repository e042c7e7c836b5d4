import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { updatePrincipal } from '../credentials/principals.ts'
import { mintSecret } from '../credentials/mint.ts'
import type { TokenRecord } from '../model/records.ts'
import {
  addClient,
  addTenant,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { addPerson, giveCode, type Given, type GivenCode } from '../testing/grants.ts'
import { addKeyClient, assertionForm, testDpop, type KeyClient } from '../testing/key-client.ts'
import { CODE_ATTACKS, REFRESH_ATTACKS, type GrantAttack } from './attacks.ts'

type Form = Readonly<Record<string, string>>

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const ISSUER = 'https://auth.example.com'

/** How a client proves itself under fapi2. */
interface StrictProof {
  readonly key: KeyClient
  readonly dpop: Awaited<ReturnType<typeof testDpop>>
}

const GRANT_TYPES = ['authorization_code', 'refresh_token']

const changed = (form: Form, { change }: GrantAttack): Form => {
  const all = Object.entries({ ...form, ...change })
  return Object.fromEntries(all.flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}

/** One authority, client and person, and the requests of tests. */
class World {
  readonly test: TestAuthority
  readonly client: TestClient
  readonly person: string
  /** Instead of the secret, where a profile takes none. */
  readonly #strict: StrictProof | undefined

  private constructor(
    test_: TestAuthority,
    { client, person }: { client: TestClient; person: string },
    strict?: StrictProof,
  ) {
    this.test = test_
    this.client = client
    this.person = person
    this.#strict = strict
  }

  static async open(options: Parameters<typeof openAuthority>[0] = {}): Promise<World> {
    const opened = await openAuthority(options)
    const client = await addClient(opened, { grantTypes: GRANT_TYPES })
    return new World(opened, { client, person: await addPerson(opened) })
  }

  static async openStrict(): Promise<World> {
    const opened = await openAuthority({ profile: 'fapi2', unsafe: { noReplayFence: true } })
    const key = await addKeyClient(opened, { grantTypes: GRANT_TYPES })
    const client = { id: key.id, secret: '' }
    const strict = { key, dpop: await testDpop() }
    return new World(opened, { client, person: await addPerson(opened) }, strict)
  }

  give(given: Partial<Given> = {}): Promise<GivenCode> {
    return giveCode(this.test, this.client, { person: this.person, ...given })
  }

  async token(form: Form, client: TestClient = this.client): Promise<Answered> {
    const response = await this.#post(form, client)
    const body = (await response.json()) as Answered['body']
    return { status: response.status, body }
  }

  async #post(form: Form, client: TestClient): Promise<Response> {
    if (this.#strict === undefined) {
      return postForm(this.test, '/oauth/token', form, { authorization: basicAuth(client) })
    }
    const now = this.test.clock.now()
    const { key, dpop } = this.#strict
    const proven = { ...form, ...assertionForm(key, { audience: ISSUER, now }) }
    return postForm(this.test, '/oauth/token', proven, {
      dpop: await dpop(`${ISSUER}/oauth/token`, now),
    })
  }

  redeem({ code, verifier }: GivenCode, client?: TestClient): Promise<Answered> {
    return this.token(codeForm({ code, verifier }), client)
  }

  async refreshed(given: Partial<Given> = {}): Promise<string> {
    const { body } = await this.redeem(await this.give(given))
    return String(body['refresh_token'])
  }

  refresh(token: string, more: Form = {}, client?: TestClient): Promise<Answered> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token, ...more }, client)
  }

  async grantOf(id: string) {
    return this.test.store.tokens.findGrant('default', id)
  }

  async events(): Promise<readonly string[]> {
    const { items } = await this.test.store.events.list({ tenant: 'default', limit: 100 })
    return items.map(({ type, data }) => [type, data['reason']].join(' ').trim())
  }
}

const codeForm = ({ code, verifier }: Pick<GivenCode, 'code' | 'verifier'>): Form => ({
  grant_type: 'authorization_code',
  code,
  code_verifier: verifier,
  redirect_uri: 'https://app.example.com/cb',
})

void describe('authorization_code', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  after(() => world.test.close())

  void test('a code becomes tokens of its grant, person and resource', async () => {
    const given = await world.give({ facts: { authentication: { at: 7, amr: ['pwd'] } } })
    const { status, body } = await world.redeem(given)
    assert.equal(status, 200)
    const [, payload = ''] = String(body['access_token']).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Form
    assert.equal(claims['sub'], world.person)
    assert.equal(claims['grant_id'], given.grant.id)
    assert.equal(claims['aud'], 'https://api.example.com')
    assert.equal(claims['scope'], 'orders:read')
    assert.equal(claims['auth_time'], 7)
    assert.match(String(body['refresh_token']), /^cs_rt_/)
  })

  for (const attack of CODE_ATTACKS) {
    void test(`refused: ${attack.title}; the code is as good as before`, async () => {
      const given = await world.give()
      const { status, body } = await world.token(changed(codeForm(given), attack))
      assert.deepEqual([status, body['error']], [400, attack.error])
      assert.equal((await world.redeem(given)).status, 200)
    })
  }

  void test('refused: the code of another client, which that one can still use (SR-015)', async () => {
    const other = await addClient(world.test, { grantTypes: GRANT_TYPES })
    const given = await world.give()
    assert.equal((await world.redeem(given, other)).body['error'], 'invalid_grant')
    assert.equal((await world.redeem(given)).status, 200)
  })

  void test('refused: a code of another tenant, an expired one, one of a revoked person or grant', async () => {
    const foreign = await world.give()
    const late = await world.give()
    const gone = await world.give({ person: await addPerson(world.test) })
    const path = '/t/none/oauth/token'
    assert.equal((await postForm(world.test, path, codeForm(foreign))).status, 404)
    await world.test.store.principals.revoke('default', gone.grant.principalId, 1)
    assert.equal((await world.redeem(gone)).body['error'], 'invalid_grant')
    const revoked = await world.give()
    await world.test.store.tokens.revokeGrant('default', revoked.grant.id, 1)
    assert.equal((await world.redeem(revoked)).body['error'], 'invalid_grant')
    world.test.clock.pass(60)
    assert.equal((await world.redeem(late)).body['error'], 'invalid_grant')
  })

  void test('of 50 redemptions at once all get the same tokens, and one refresh token lives', async () => {
    const given = await world.give()
    const all = await Promise.all(Array.from({ length: 50 }, () => world.redeem(given)))
    const tokens = new Set(
      all.map(({ body }) => JSON.stringify([body['access_token'], body['refresh_token']])),
    )
    assert.deepEqual([tokens.size, all.every(({ status }) => status === 200)], [1, true])
    assert.equal((await world.grantOf(given.grant.id))?.revokedAt, null)
  })

  void test('a second use after the window ends everything it led to (SR-015)', async () => {
    const given = await world.give()
    const { body } = await world.redeem(given)
    world.test.clock.pass(10)
    assert.equal((await world.redeem(given)).body['error'], 'invalid_grant')
    assert.notEqual((await world.grantOf(given.grant.id))?.revokedAt, null)
    const afterwards = await world.refresh(String(body['refresh_token']))
    assert.equal(afterwards.body['error'], 'invalid_grant')
    assert.ok((await world.events()).includes('grant.revoked code-reused'))
  })

  void test('a second use without the verifier ends everything it led to, at any time', async () => {
    const given = await world.give()
    await world.redeem(given)
    const { body } = await world.redeem({ ...given, verifier: 'x'.repeat(43) })
    assert.equal(body['error'], 'invalid_grant')
    assert.notEqual((await world.grantOf(given.grant.id))?.revokedAt, null)
  })

  void test('a code that is bound to a DPoP key is worth nothing without it', async () => {
    const given = await world.give({ dpopJkt: 'k'.repeat(43) })
    assert.equal((await world.redeem(given)).body['error'], 'invalid_grant')
  })

  void test('openid: an ID token for the client, with nonce, time and the access token', async () => {
    const facts = { authentication: { at: 7, amr: ['pwd'] }, nonce: 'n-1' }
    const { body } = await world.redeem(await world.give({ scopes: ['openid'], facts }))
    const [, payload = ''] = String(body['id_token']).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Form
    const { aud, sub, nonce, auth_time } = claims
    assert.deepEqual([aud, sub, nonce, auth_time], [world.client.id, world.person, 'n-1', 7])
  })
})

void describe('refresh_token', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  after(() => world.test.close())

  void test('a refresh token is exchanged for its successor, and the grant stays', async () => {
    const first = await world.refreshed()
    const { status, body } = await world.refresh(first)
    assert.equal(status, 200)
    assert.notEqual(body['refresh_token'], first)
    assert.equal((await world.refresh(String(body['refresh_token']))).status, 200)
  })

  for (const attack of REFRESH_ATTACKS) {
    void test(`refused: ${attack.title}; the token is as good as before`, async () => {
      const token = await world.refreshed()
      const form = { grant_type: 'refresh_token', refresh_token: token }
      const { status, body } = await world.token(changed(form, attack))
      assert.deepEqual([status, body['error']], [400, attack.error])
      assert.equal((await world.refresh(token)).status, 200)
    })
  }

  void test('refused: the token of another client, which that one can still use', async () => {
    const other = await addClient(world.test, { grantTypes: GRANT_TYPES })
    const token = await world.refreshed()
    assert.equal((await world.refresh(token, {}, other)).body['error'], 'invalid_grant')
    assert.equal((await world.refresh(token)).status, 200)
  })

  void test('refused: an access token in its place', async () => {
    const opaque = { grantTypes: GRANT_TYPES, accessTokenFormat: 'opaque' } as const
    const client = await addClient(world.test, opaque)
    const given = await giveCode(world.test, client, { person: world.person })
    const { body } = await world.redeem(given, client)
    const answered = await world.refresh(String(body['access_token']), {}, client)
    assert.equal(answered.body['error'], 'invalid_grant')
  })

  void test('of 50 at once all get the same successor; nobody is signed out (SR-022)', async () => {
    const token = await world.refreshed()
    const all = await Promise.all(Array.from({ length: 50 }, () => world.refresh(token)))
    assert.ok(all.every(({ status }) => status === 200))
    const successors = new Set(all.map(({ body }) => body['refresh_token']))
    assert.equal(successors.size, 1)
    const [successor] = successors
    assert.equal((await world.refresh(String(successor))).status, 200)
  })

  void test('within the window the same successor, with the time that is left; after it the end', async () => {
    const given = await world.give()
    const { body } = await world.redeem(given)
    const token = String(body['refresh_token'])
    const first = await world.refresh(token)
    world.test.clock.pass(19)
    const again = await world.refresh(token)
    assert.equal(again.body['refresh_token'], first.body['refresh_token'])
    assert.equal(again.body['expires_in'], Number(first.body['expires_in']) - 19)
    world.test.clock.pass(1)
    assert.equal((await world.refresh(token)).body['error'], 'invalid_grant')
    assert.notEqual((await world.grantOf(given.grant.id))?.revokedAt, null)
    const successor = await world.refresh(String(first.body['refresh_token']))
    assert.equal(successor.body['error'], 'invalid_grant')
    assert.ok((await world.events()).includes('grant.revoked refresh-token-reused'))
  })

  void test('another question within the window is refused, and ends nothing', async () => {
    const given = await world.give({ scopes: ['orders:read', 'profile'] })
    const { body } = await world.redeem(given)
    const token = String(body['refresh_token'])
    const first = await world.refresh(token)
    const other = await world.refresh(token, { scope: 'profile' })
    assert.equal(other.body['error'], 'invalid_grant')
    assert.equal((await world.refresh(String(first.body['refresh_token']))).status, 200)
  })

  void test('a used token ends its family after the window, whatever else is wrong (SR-022)', async () => {
    const given = await world.give()
    const { body } = await world.redeem(given)
    const token = String(body['refresh_token'])
    await world.refresh(token)
    world.test.clock.pass(20)
    const { body: refused } = await world.refresh(token, { scope: 'admin' })
    assert.equal(refused['error'], 'invalid_grant')
    assert.notEqual((await world.grantOf(given.grant.id))?.revokedAt, null)
  })

  void test('refused: a token that was revoked, of another tenant, or without its certificate', async () => {
    const { authority, store, clock } = world.test
    await addTenant(world.test, 'elsewhere')
    const { grant } = await world.give()
    const plant = async (change: Partial<TokenRecord>): Promise<string> => {
      const { id, secret, ...digest } = await mintSecret(authority.context, 'rt')
      await store.tokens.insert({
        tenant: 'default',
        id,
        ...digest,
        kind: 'refresh',
        state: 'active',
        grantId: grant.id,
        clientId: world.client.id,
        principalId: world.person,
        scopes: grant.scopes,
        audiences: grant.audiences,
        confirmation: null,
        sealedSuccessor: null,
        claimedAt: null,
        issuedAt: clock.now(),
        expiresAt: clock.now() + 60,
        ...change,
      })
      return secret.reveal()
    }
    const bad: readonly Partial<TokenRecord>[] = [
      { state: 'revoked' },
      { tenant: 'elsewhere' },
      { confirmation: { 'x5t#S256': 'x'.repeat(43) } },
    ]
    for (const change of bad) {
      const { body } = await world.refresh(await plant(change))
      assert.equal(body['error'], 'invalid_grant', JSON.stringify(change))
    }
    assert.equal((await world.refresh(await plant({}))).status, 200)
  })

  void test('a narrower scope is for one access token; the next has the whole again (SR-024)', async () => {
    const token = await world.refreshed({ scopes: ['orders:read', 'profile'] })
    const narrow = await world.refresh(token, { scope: 'profile' })
    assert.equal(narrow.body['scope'], 'profile')
    const whole = await world.refresh(String(narrow.body['refresh_token']))
    assert.equal(whole.body['scope'], 'orders:read profile')
  })

  void test('it ends unused after its idle time, used at the end of its grant (SR-025)', async () => {
    const settings = { grantTypes: GRANT_TYPES, refreshTokenIdleSeconds: 100 }
    const client = await addClient(world.test, settings)
    const given = { person: world.person, lifetimeSeconds: 150 }
    const redeem = async () => {
      const { body } = await world.redeem(await giveCode(world.test, client, given), client)
      return String(body['refresh_token'])
    }
    const unused = await redeem()
    const used = await redeem()
    world.test.clock.pass(99)
    const { body } = await world.refresh(used, {}, client)
    assert.equal(body['expires_in'], 51)
    world.test.clock.pass(1)
    assert.equal((await world.refresh(unused, {}, client)).body['error'], 'invalid_grant')
    world.test.clock.pass(50)
    const late = await world.refresh(String(body['refresh_token']), {}, client)
    assert.equal(late.body['error'], 'invalid_grant')
  })

  void test('a scope that was taken from the client or the person since is not handed out', async () => {
    const scopes = ['orders:read', 'profile']
    const ids = [['client', world.client.id] as const, ['user', world.person] as const]
    for (const [kind, id] of ids) {
      const token = await world.refreshed({ scopes })
      const ref = { tenant: 'default', kind, id }
      const { context } = world.test.authority
      const narrow = { ...ref, change: { scopes: ['billing:*'] } }
      assert.ok((await updatePrincipal(context, narrow, SYSTEM_ACTOR)).ok)
      assert.equal((await world.refresh(token, { scope: 'orders:read' })).status, 400)
      assert.equal((await world.refresh(token)).body['scope'], 'profile')
      const back = { ...ref, change: { scopes: ['orders:*', 'profile'] } }
      assert.ok((await updatePrincipal(context, back, SYSTEM_ACTOR)).ok)
    }
    // Past the cut-off of these changes.
    world.test.clock.pass(3)
  })

  void test('revoked by its client, a refresh token takes its whole grant along (RFC 7009)', async () => {
    const { body } = await world.redeem(await world.give())
    const [access, token] = [String(body['access_token']), String(body['refresh_token'])]
    const ask = async (path: string, text: string) => {
      const headers = { authorization: basicAuth(world.client) }
      const response = await postForm(world.test, `/oauth/${path}`, { token: text }, headers)
      return { status: response.status, text: await response.text() }
    }
    assert.match((await ask('introspect', token)).text, /"active":true/)
    assert.equal((await ask('revoke', token)).status, 200)
    assert.equal((await world.refresh(token)).body['error'], 'invalid_grant')
    assert.match((await ask('introspect', token)).text, /"active":false/)
    assert.match((await ask('introspect', access)).text, /"active":false/)
  })

  void test('introspection does not take a claimed refresh token for a living one', async () => {
    const token = await world.refreshed()
    const headers = { authorization: basicAuth(world.client) }
    const active = async () => {
      const response = await postForm(world.test, '/oauth/introspect', { token }, headers)
      return (await response.json()) as unknown
    }
    assert.partialDeepStrictEqual(await active(), { active: true })
    await world.refresh(token)
    assert.deepEqual(await active(), { active: false })
  })

  void test('under fapi2 refresh tokens of confidential clients stay (SR-023)', async () => {
    const strict = await World.openStrict()
    const token = await strict.refreshed()
    const first = await strict.refresh(token)
    assert.deepEqual([first.status, first.body['refresh_token']], [200, undefined])
    strict.test.clock.pass(3600)
    assert.equal((await strict.refresh(token)).status, 200)
    await strict.test.close()
  })

  void test('under fapi2 a code works once, to the second (SR-015)', async () => {
    const strict = await World.openStrict()
    const given = await strict.give()
    assert.equal((await strict.redeem(given)).status, 200)
    assert.equal((await strict.redeem(given)).body['error'], 'invalid_grant')
    assert.notEqual((await strict.grantOf(given.grant.id))?.revokedAt, null)
    await strict.test.close()
  })
})
