import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { issuerOf } from '../tenants/directory.ts'
import type { AuthorityOptions } from '../authority-options.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Services } from '../services.ts'
import {
  addClient,
  basicAuth,
  freshSecrets,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { addPerson, giveCode, type Given } from '../testing/grants.ts'
import { CONFUSIONS, type TokenKind } from './attacks.ts'
import { notifyLogout } from './backchannel.ts'
import { sessionIdFor, subjectFor } from './subjects.ts'

const TENANT = { id: 'default', issuer: issuerOf('https://auth.example.com', 'default') }
const SESSION = {
  tenant: 'default',
  id: 'ses_1',
  digest: '',
  pepperVersion: 1,
  authentication: { at: 1_789_999_000, amr: ['pwd'], acr: 'gold' },
  label: 'Firefox on Linux',
  createdAt: 1_789_999_000,
  lastSeenAt: 1_790_000_000,
  expiresAt: 1_790_100_000,
  revokedAt: null,
} as const

/** An authority with one person, and what clients get of it. */
class World {
  readonly at: TestAuthority
  readonly person: string

  private constructor(at: TestAuthority, person: string) {
    this.at = at
    this.person = person
  }

  static async open(options: Partial<AuthorityOptions> = {}): Promise<World> {
    const at = await openAuthority(options)
    return new World(at, await addPerson(at))
  }

  /** What `createAuthority` gives its parts. */
  get services(): Services {
    return this.at.authority.context as Services
  }

  client(settings: Partial<ClientSettings> = {}): Promise<TestClient> {
    return addClient(this.at, {
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['https://app.example.com/cb'],
      ...settings,
    })
  }

  async tokens(client: TestClient, given: Partial<Given> = {}) {
    const wanted = { person: this.person, scopes: ['openid'], ...given }
    const { code, verifier, grant } = await giveCode(this.at, client, wanted)
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const headers = { authorization: basicAuth(client) }
    const response = await postForm(this.at, '/oauth/token', form, headers)
    // The token endpoint answers with texts, and a number nobody reads here.
    const body = (await response.json()) as Readonly<Partial<Record<string, string>>>
    const { access_token, id_token, refresh_token } = body
    return { grant, access_token, id_token, refresh_token }
  }

  async keySet() {
    const set = await this.services.signingKeys.jwks('default')
    // Public JWKs of ours, as jose types them.
    return createLocalJWKSet(set as unknown as Parameters<typeof createLocalJWKSet>[0])
  }

  async idToken(client: TestClient, given: Partial<Given> = {}) {
    const { id_token: text = '', access_token: accessToken = '' } = await this.tokens(client, given)
    const verified = await jwtVerify(text, await this.keySet(), {
      issuer: 'https://auth.example.com',
      audience: client.id,
      currentDate: new Date(this.at.clock.now() * 1000),
    })
    return { ...verified, accessToken }
  }
}

void describe('an ID token', () => {
  for (const algorithm of ['ES256', 'RS256', 'PS256', 'Ed25519'] as const) {
    void test(`is signed with ${algorithm}, and at_hash is of its hash (Core §3.1.3.6)`, async () => {
      const world = await World.open({ signing: { algorithm } })
      const { payload, protectedHeader, accessToken } = await world.idToken(await world.client())
      assert.equal(protectedHeader.alg, algorithm)
      const digest = createHash(algorithm === 'Ed25519' ? 'sha512' : 'sha256')
        .update(accessToken)
        .digest()
      const left = digest.subarray(0, digest.length / 2).toString('base64url')
      assert.equal(payload['at_hash'], left)
      assert.equal(Number(payload.exp) - Number(payload.iat), 300)
      await world.at.close()
    })
  }

  void test('after a change of algorithm at_hash is of the key that signs, and discovery names both', async () => {
    const secrets = freshSecrets()
    const first = await World.open({ secrets })
    const client = await first.client()
    const { store } = first.at
    const second = await openAuthority({ store, secrets, signing: { algorithm: 'Ed25519' } })
    const { code, verifier } = await giveCode(second, client, {
      person: first.person,
      scopes: ['openid'],
    })
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const answered = await postForm(second, '/oauth/token', form, {
      authorization: basicAuth(client),
    })
    // As above.
    const { id_token: text = '' } = (await answered.json()) as Record<string, string>
    assert.equal(decodeProtectedHeader(text).alg, 'ES256')
    assert.equal(String(decodeJwt(text)['at_hash']).length, 22)
    const url = 'https://auth.example.com/.well-known/openid-configuration'
    const metadata = (await (await second.authority.fetch(new Request(url))).json()) as object
    assert.deepEqual(
      Object.entries(metadata).find(([name]) => name.startsWith('id_token_signing')),
      ['id_token_signing_alg_values_supported', ['ES256', 'Ed25519']],
    )
    await second.authority.close()
    await first.at.close()
  })

  void test('says how the person proved itself, and the nonce', async () => {
    const world = await World.open()
    const { authentication } = SESSION
    const { payload } = await world.idToken(await world.client(), {
      facts: { authentication, nonce: 'n-1' },
    })
    const { auth_time: at, amr, acr, nonce, sub, ...rest } = payload
    assert.deepEqual([at, amr, acr, nonce], [authentication.at, ['pwd'], 'gold', 'n-1'])
    assert.equal(sub, world.person)
    assert.deepEqual(Object.keys(rest).toSorted(), ['at_hash', 'aud', 'exp', 'iat', 'iss'])
    await world.at.close()
  })

  const ASKED: readonly (readonly [string, Partial<Given>, Partial<ClientSettings>, boolean])[] = [
    ['scope alone', { scopes: ['openid', 'profile'] }, {}, false],
    [
      'scope and claims',
      { scopes: ['openid', 'profile'], facts: { claims: { id_token: { name: null } } } },
      {},
      true,
    ],
    ['claims alone', { facts: { claims: { id_token: { name: { essential: true } } } } }, {}, false],
    [
      'claims for userinfo',
      { scopes: ['openid', 'profile'], facts: { claims: { userinfo: { name: null } } } },
      {},
      false,
    ],
    [
      'claims of a client that the operator vouches for',
      { facts: { claims: { id_token: { name: null } } } },
      { consent: 'trusted' },
      true,
    ],
  ]
  for (const [title, given, settings, named] of ASKED) {
    void test(`names the person for: ${title} = ${named} (Core §5.4, §5.5)`, async () => {
      const world = await World.open()
      const { payload } = await world.idToken(await world.client(settings), given)
      assert.equal(payload['name'], named ? 'Alice' : undefined)
      assert.equal(payload['email'], undefined)
      await world.at.close()
    })
  }

  void test('cannot be made to say another iss, sub or aud by what is recorded or asked for', async () => {
    const world = await World.open()
    const claims = { id_token: { sub: null, iss: null, aud: null, exp: null, constructor: null } }
    const client = await world.client({ consent: 'trusted' })
    const { payload } = await world.idToken(client, { facts: { claims } })
    assert.equal(payload.sub, world.person)
    assert.equal(Object.hasOwn(payload, 'constructor'), false)
    await world.at.close()
  })
})

const reader = (clientId: string, redirectUris: readonly string[], sector?: string) => ({
  tenant: 'default',
  clientId,
  settings: {
    subjectType: 'pairwise' as const,
    redirectUris,
    sectorIdentifierUri: sector ?? null,
  },
})

void describe('pairwise names (Core §8.1)', () => {
  const secrets = freshSecrets()
  const app = reader('a', ['https://app.example.com/cb'])

  void test('are stable, are not the id, and differ by sector, person, tenant and installation', () => {
    const name = subjectFor(secrets, app, 'usr_1')
    assert.equal(subjectFor(secrets, app, 'usr_1'), name)
    assert.match(name, /^[\w-]{43}$/)
    const others = [
      subjectFor(secrets, app, 'usr_2'),
      subjectFor(secrets, reader('a', ['https://other.example.com/cb']), 'usr_1'),
      subjectFor(secrets, { ...app, tenant: 'acme' }, 'usr_1'),
      subjectFor(freshSecrets(), app, 'usr_1'),
      sessionIdFor(secrets, app, 'usr_1'),
    ]
    assert.equal(new Set([...others, name]).size, others.length + 1)
  })

  void test('are shared by the clients of a host, and of a sector identifier', () => {
    const same = reader('b', ['https://app.example.com/other', 'https://app.example.com/cb'])
    assert.equal(subjectFor(secrets, same, 'u'), subjectFor(secrets, app, 'u'))
    const uri = 'https://app.example.com/sector.json'
    const listed = reader('c', ['https://one.example/cb', 'https://two.example/cb'], uri)
    assert.equal(subjectFor(secrets, listed, 'u'), subjectFor(secrets, app, 'u'))
  })

  void test('are shared with nobody by a client on several hosts, or on none', () => {
    const names = ['a', 'b'].flatMap((id) => [
      subjectFor(secrets, reader(id, ['https://one.example/cb', 'https://two.example/cb']), 'u'),
      subjectFor(secrets, reader(id, []), 'u'),
      subjectFor(secrets, reader(id, ['com.example.app:/cb']), 'u'),
    ])
    assert.equal(new Set(names).size, 2)
  })

  void test('stay when a pepper is added', () => {
    const [oldest] = secrets.peppers.values()
    const [newer] = freshSecrets().peppers.values()
    assert.ok(oldest && newer)
    const rotated = {
      ...secrets,
      peppers: new Map([
        [2, newer],
        [1, oldest],
      ]),
    }
    assert.equal(subjectFor(rotated, app, 'u'), subjectFor(secrets, app, 'u'))
  })

  void test('are the only ones a client meets: ID token, userinfo, introspection, and no JWT', async () => {
    const world = await World.open()
    const client = await world.client({ subjectType: 'pairwise' })
    const { payload, accessToken } = await world.idToken(client)
    assert.notEqual(payload.sub, world.person)
    assert.equal(accessToken.includes('.'), false)
    const userinfo = await world.at.authority.fetch(
      new Request('https://auth.example.com/oauth/userinfo', {
        headers: { authorization: `Bearer ${accessToken}` },
      }),
    )
    assert.deepEqual(await userinfo.json(), { sub: payload.sub })
    const told = await introspect(world, client, accessToken)
    assert.deepEqual([told['sub'], told['username']], [payload.sub, undefined])
    const api = await addClient(world.at)
    assert.equal((await introspect(world, api, accessToken))['sub'], world.person)
    await world.at.close()
  })
})

async function introspect({ at }: World, client: TestClient, token: string) {
  const headers = { authorization: basicAuth(client) }
  const response = await postForm(at, '/oauth/introspect', { token }, headers)
  // The endpoint answers with an object.
  return (await response.json()) as Readonly<Record<string, unknown>>
}

void describe('introspection', () => {
  let world: World
  let client: TestClient
  before(async () => {
    world = await World.open()
    client = await world.client()
  })
  after(() => world.at.close())

  void test('says of a grant how the person proved itself, and who it is to who may know', async () => {
    const { authentication } = SESSION
    const facts = { authentication, authorizationDetails: [{ type: 'payment' }] }
    const given = { facts, scopes: ['openid', 'profile'] }
    const { access_token: token = '', grant } = await world.tokens(client, given)
    const told = await introspect(world, client, token)
    assert.match(String(told['username']), /^[0-9a-f]{12}$/)
    assert.deepEqual(
      ['grant_id', 'auth_time', 'amr', 'acr', 'authorization_details'].map((name) => told[name]),
      [grant.id, authentication.at, ['pwd'], 'gold', facts.authorizationDetails],
    )
    const { access_token: plain = '' } = await world.tokens(client)
    assert.equal((await introspect(world, client, plain))['username'], undefined)
  })

  void test('answers a client about tokens of others for its audiences only (RFC 7662 §4)', async () => {
    const { access_token: token = '', refresh_token: refresh = '' } = await world.tokens(client)
    const api = await addClient(world.at, { audiences: ['https://api.example.com'] })
    const other = await addClient(world.at, { audiences: ['https://else.example.com'] })
    assert.equal((await introspect(world, api, token))['active'], true)
    assert.deepEqual(await introspect(world, other, token), { active: false })
    assert.deepEqual(await introspect(world, api, refresh), { active: false })
    assert.equal((await introspect(world, client, refresh))['active'], true)
  })
})

void describe('a JWT of this issuer is what it was signed as, and nothing else (SR-046, SR-054)', () => {
  let world: World
  let client: TestClient
  let made: Readonly<Record<TokenKind, string>>
  before(async () => {
    world = await World.open()
    client = await world.client()
    const { signingKeys } = world.services
    const { access_token: access = '', id_token: id = '' } = await world.tokens(client)
    // The claims of an access token under the other types: only the type stands in the way.
    const claims = decodeJwt(access)
    const sign = (typ: string) => signingKeys.sign('default', { typ }, claims)
    made = {
      access,
      id,
      logout: await sign('logout+jwt'),
      introspection: await sign('token-introspection+jwt'),
    }
  })
  after(() => world.at.close())

  for (const { kind, shownAs } of CONFUSIONS) {
    void test(`${kind}, shown as ${shownAs}`, async () => {
      const token = made[kind]
      if (shownAs === 'hint') {
        assert.equal(await world.services.signingKeys.verifyIdToken('default', token), undefined)
      } else if (shownAs === 'introspected') {
        assert.deepEqual(await introspect(world, client, token), { active: false })
      } else {
        const headers = { authorization: `Bearer ${token}` }
        const request = new Request('https://auth.example.com/oauth/userinfo', { headers })
        assert.equal((await world.at.authority.fetch(request)).status, 401)
      }
    })
  }

  void test('an ID token with the claims of an access token is still none', async () => {
    const text = await world.services.signingKeys.sign(
      'default',
      { typ: 'JWT' },
      decodeJwt(made.access),
    )
    assert.deepEqual(await introspect(world, client, text), { active: false })
  })
})

void describe('back-channel logout', () => {
  let world: World
  let server: Server
  let base: string
  const received: { readonly path: string; readonly type: string; readonly body: string }[] = []
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const path = request.url ?? ''
        const body = Buffer.concat(chunks).toString()
        received.push({ path, type: request.headers['content-type'] ?? '', body })
        response.statusCode = path === '/broken' ? 500 : path === '/refuses' ? 400 : 204
        if (path === '/leads-on') response.writeHead(302, { location: 'http://169.254.1.1/' })
        response.end()
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    world = await World.open({ allowPrivateHosts: ['127.0.0.1'], unsafe: { allowHttp: true } })
  })
  after(async () => {
    await world.at.close()
    server.closeAllConnections()
    server.close()
  })

  const endFor = async (clients: readonly TestClient[]): Promise<void> => {
    const session = { ...SESSION, principalId: world.person }
    const grants = await Promise.all(clients.map(async (one) => (await world.tokens(one)).grant))
    await notifyLogout(world.services, TENANT, { session, grants: [...grants, ...grants] })
  }
  const undelivered = async () => {
    const { items } = await world.at.store.events.list({ tenant: 'default', limit: 100 })
    return items.filter(({ type }) => type === 'logout.undelivered')
  }

  void test('sends each application one logout token (§2.4, §2.5)', async () => {
    received.length = 0
    const clients = [
      await world.client({ backchannelLogoutUri: `${base}/one` }),
      await world.client({ backchannelLogoutUri: `${base}/two`, subjectType: 'pairwise' }),
      await world.client(),
    ]
    await endFor(clients)
    assert.deepEqual(received.map(({ path }) => path).toSorted(), ['/one', '/two'])
    for (const { path, type, body } of received) {
      assert.equal(type, 'application/x-www-form-urlencoded')
      const text = new URLSearchParams(body).get('logout_token') ?? ''
      const audience = path === '/one' ? clients[0]?.id : clients[1]?.id
      assert.ok(audience)
      // oxlint-disable-next-line no-await-in-loop -- two tokens
      const { payload, protectedHeader } = await jwtVerify(text, await world.keySet(), {
        issuer: TENANT.issuer,
        audience,
        typ: 'logout+jwt',
        currentDate: new Date(world.at.clock.now() * 1000),
      })
      assert.equal(protectedHeader.typ, 'logout+jwt')
      assert.deepEqual(payload['events'], {
        'http://schemas.openid.net/event/backchannel-logout': {},
      })
      assert.equal('nonce' in payload, false)
      assert.ok(payload.jti)
      assert.equal(payload.sub === world.person, path === '/one')
      assert.equal(payload['sid'] === SESSION.id, path === '/one')
    }
    assert.deepEqual(await undelivered(), [])
  })

  const FAILURES: readonly (readonly [string, string, string, number])[] = [
    ['an error of the server is tried once more', '/broken', 'status', 2],
    ['a refusal is not', '/refuses', 'status', 1],
    ['a redirect to elsewhere is not followed', '/leads-on', 'status', 1],
  ]
  for (const [title, path, why, attempts] of FAILURES) {
    void test(`${title}, and is an event`, async () => {
      received.length = 0
      const client = await world.client({ backchannelLogoutUri: base + path })
      await endFor([client])
      assert.equal(received.length, attempts)
      const events = await undelivered()
      const mine = events.filter(({ data }) => data['client'] === client.id)
      assert.deepEqual(
        mine.map(({ data }) => data['why']),
        [why],
      )
      assert.ok(!JSON.stringify(events).includes('eyJ'))
    })
  }

  void test('no address inside the network is asked, unless it is named (SR-504)', async () => {
    const guarded = await World.open()
    const client = await guarded.client({ backchannelLogoutUri: 'https://127.0.0.1:1/out' })
    const { grant } = await guarded.tokens(client)
    const session = { ...SESSION, principalId: guarded.person }
    await notifyLogout(guarded.services, TENANT, { session, grants: [grant] })
    const { items } = await guarded.at.store.events.list({ tenant: 'default', limit: 100 })
    const event = items.find(({ type }) => type === 'logout.undelivered')
    assert.equal(event?.data['why'], 'refused')
    await guarded.at.close()
  })
})
