import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { dpopProof, importSigningKey, type SigningKey } from 'countersign/dpop/sign'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeGrant } from '../credentials/grants.ts'
import { revokePrincipal, updatePrincipal } from '../credentials/principals.ts'
import { decodeJwt } from 'jose'
import type { ClientSettings } from '../model/client-settings.ts'
import {
  addClient,
  addTenant,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { addPerson, giveCode, type Given } from '../testing/grants.ts'

const CLAIMS = {
  given_name: 'Alice',
  family_name: 'Example',
  locale: 'en-GB',
  email: 'alice@example.com',
  email_verified: true,
  phone_number: '+44 20 7946 0000',
  address: { country: 'GB' },
}

let at: TestAuthority
let client: TestClient
let alice: string
before(async () => {
  at = await openAuthority({ unsafe: { noReplayFence: true } })
  client = await addApp()
  alice = await addPerson(at)
  await describeTo(alice, CLAIMS)
})
after(() => at.close())

const addApp = (settings: Partial<ClientSettings> = {}, place = {}): Promise<TestClient> =>
  addClient(at, { grantTypes: ['authorization_code', 'refresh_token'], ...settings }, place)

/** Records claims of a person. */
async function describeTo(id: string, claims: Readonly<Record<string, unknown>>): Promise<void> {
  const ref = { tenant: 'default', kind: 'user', id, change: { metadata: { claims } } } as const
  const done = await updatePrincipal(at.authority.context, ref, SYSTEM_ACTOR)
  assert.ok(done.ok)
}

type Tokens = Readonly<Record<string, string>>

const dpopKey = async (): Promise<SigningKey> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return importSigningKey({ jwk: { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' } })
}

const proofOf = (key: SigningKey, method: string, path: string, accessToken?: string) =>
  dpopProof({
    key,
    method,
    url: `https://auth.example.com${path}`,
    now: at.clock.now(),
    ...(accessToken === undefined ? {} : { accessToken }),
  })

async function tokens(given: Partial<Given> = {}, by = client, key?: SigningKey): Promise<Tokens> {
  const { tenant } = given
  const base = tenant === undefined ? '' : `/t/${tenant}`
  const { code, verifier } = await giveCode(at, by, { person: alice, scopes: ['openid'], ...given })
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
  const dpop = key === undefined ? {} : { dpop: await proofOf(key, 'POST', `${base}/oauth/token`) }
  const headers = { authorization: basicAuth(by), ...dpop }
  const response = await postForm(at, `${base}/oauth/token`, form, headers)
  assert.equal(response.status, 200)
  // The token endpoint answers with texts, and a number nobody reads here.
  return (await response.json()) as Tokens
}

const ask = (token: string | undefined, init: RequestInit = {}, path = '/oauth/userinfo') =>
  at.authority.fetch(
    new Request(`https://auth.example.com${path}`, {
      ...init,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...Object.fromEntries(new Headers(init.headers)),
      },
    }),
  )

const claimsOf = async (given: Partial<Given>, by = client) => {
  const { access_token: token } = await tokens(given, by)
  const response = await ask(token)
  assert.equal(response.status, 200)
  // The endpoint answers with an object.
  return (await response.json()) as Readonly<Record<string, unknown>>
}

void describe('userinfo says what was granted', () => {
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    void test(`to a token of either format, by GET and POST: ${accessTokenFormat}`, async () => {
      const by = await addApp({ accessTokenFormat })
      const { access_token: token } = await tokens({}, by)
      for (const method of ['GET', 'POST']) {
        // oxlint-disable-next-line no-await-in-loop -- two requests
        const response = await ask(token, { method })
        assert.equal(response.headers.get('content-type'), 'application/json')
        assert.equal(response.headers.get('cache-control'), 'no-store')
        // oxlint-disable-next-line no-await-in-loop -- see above
        assert.deepEqual(await response.json(), { sub: alice })
      }
    })
  }

  const SCOPES: readonly (readonly [string, readonly string[]])[] = [
    ['profile', ['name', 'given_name', 'family_name', 'preferred_username', 'locale']],
    ['email', ['email', 'email_verified']],
    ['phone', ['phone_number']],
    ['address', ['address']],
    ['orders:read', []],
  ]
  for (const [scope, names] of SCOPES) {
    void test(`scope ${scope} opens its claims and no others (Core §5.4)`, async () => {
      const { sub, ...rest } = await claimsOf({ scopes: ['openid', scope] })
      assert.equal(sub, alice)
      assert.deepEqual(Object.keys(rest).toSorted(), names.toSorted())
    })
  }

  void test('the claims parameter opens nothing that the person was not shown (Core §5.5)', async () => {
    const facts = { claims: { userinfo: { email: { essential: true }, phone_number: null } } }
    assert.deepEqual(await claimsOf({ scopes: ['openid'], facts }), { sub: alice })
  })

  void test('where the operator vouches for the client it opens what it names', async () => {
    const facts = { claims: { userinfo: { email: null, __proto__: null, sub: null } } }
    const by = await addApp({ consent: 'trusted' })
    const { email, sub } = await claimsOf({ scopes: ['openid'], facts }, by)
    assert.deepEqual([email, sub], ['alice@example.com', alice])
  })

  void test('speaks to the client of the token, which may have exchanged that of another one', async () => {
    const first = await addApp({ consent: 'trusted' })
    const second = await addApp({ consent: 'trusted', subjectType: 'pairwise' })
    const facts = { claims: { userinfo: { email: null } } }
    const { access_token: token = '' } = await tokens({ facts }, first)
    const claims = { ...decodeJwt(token), client_id: second.id }
    const { signingKeys } = at.authority.context
    const exchanged = await signingKeys.sign('default', { typ: 'at+jwt' }, claims)
    // The test fails on anything but an object.
    const own = (await (await ask(token)).json()) as Readonly<Record<string, unknown>>
    const other = (await (await ask(exchanged)).json()) as Readonly<Record<string, unknown>>
    assert.deepEqual(own, { sub: alice, email: 'alice@example.com' })
    assert.deepEqual(Object.keys(other), ['sub'])
    assert.notEqual(other['sub'], alice)
  })

  void test('what is recorded and is no claim of ours is not said', async () => {
    const person = await addPerson(at)
    await describeTo(person, { email: 'no address', admin: true })
    const said = await claimsOf({ person, scopes: ['openid', 'email', 'profile'] })
    assert.deepEqual(Object.keys(said).toSorted(), ['name', 'preferred_username', 'sub'])
  })

  void test('recorded names never replace those of the record', async () => {
    const person = await addPerson(at)
    await describeTo(person, { name: 'Mallory', sub: alice, preferred_username: 'root' })
    const { sub, name } = await claimsOf({ person, scopes: ['openid', 'profile'] })
    assert.deepEqual([sub, name], [person, 'Alice'])
  })
})

void describe('userinfo refuses', () => {
  const refused: readonly (readonly [
    title: string,
    status: number,
    error: string | undefined,
    token: () => Promise<string | undefined>,
  ])[] = [
    ['no token', 401, undefined, () => Promise.resolve(undefined)],
    ['nonsense', 401, 'invalid_token', () => Promise.resolve('x')],
    ['an ID token', 401, 'invalid_token', async () => (await tokens())['id_token']],
    ['a refresh token', 401, 'invalid_token', async () => (await tokens())['refresh_token']],
    [
      'a token without openid',
      403,
      'insufficient_scope',
      async () => (await tokens({ scopes: ['orders:read', 'profile'] }))['access_token'],
    ],
    [
      'a token that a client got for itself, whatever its scopes',
      403,
      undefined,
      async () => {
        const by = await addClient(at, {}, { scopes: ['openid', 'profile'] })
        const form = { grant_type: 'client_credentials', scope: 'openid profile' }
        const headers = { authorization: basicAuth(by) }
        const response = await postForm(at, '/oauth/token', form, headers)
        return ((await response.json()) as Tokens)['access_token']
      },
    ],
    [
      'a token that was revoked',
      401,
      'invalid_token',
      async () => {
        const { access_token: token = '' } = await tokens()
        await postForm(at, '/oauth/revoke', { token }, { authorization: basicAuth(client) })
        return token
      },
    ],
    [
      'a token whose grant was revoked',
      401,
      'invalid_token',
      async () => {
        const { access_token: token = '' } = await tokens()
        const { grant_id: id } = JSON.parse(
          Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
        ) as { grant_id: string }
        await revokeGrant(at.authority.context, { tenant: 'default', id }, SYSTEM_ACTOR)
        return token
      },
    ],
    [
      'a token of a person who was revoked',
      401,
      'invalid_token',
      async () => {
        const person = await addPerson(at)
        const { access_token: token } = await tokens({ person })
        const ref = { tenant: 'default', kind: 'user', id: person } as const
        await revokePrincipal(at.authority.context, ref, SYSTEM_ACTOR)
        return token
      },
    ],
    [
      'a token of another tenant',
      401,
      'invalid_token',
      async () => {
        await addTenant(at, 'acme')
        const by = await addApp({}, { tenant: 'acme' })
        const person = await addPerson(at, { tenant: 'acme' })
        const { access_token: token } = await tokens({ person, tenant: 'acme' }, by)
        assert.equal((await ask(token, {}, '/t/acme/oauth/userinfo')).status, 200)
        return token
      },
    ],
  ]

  for (const [title, status, error, token] of refused) {
    void test(title, async () => {
      const response = await ask(await token())
      assert.equal(response.status, status)
      const challenge = response.headers.get('www-authenticate') ?? ''
      if (error === undefined) assert.doesNotMatch(challenge, /error=/)
      else assert.match(challenge, new RegExp(`Bearer [^,]*realm="userinfo".*error="${error}"`))
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
    })
  }

  void test('a token that is bound to a key, without a proof by this key (RFC 9449 §7)', async () => {
    const keys = await Promise.all([dpopKey(), dpopKey()])
    const { access_token: token = '' } = await tokens({}, client, keys[0])
    assert.equal((await ask(token)).status, 401)
    const statuses = []
    for (const key of keys) {
      // oxlint-disable-next-line no-await-in-loop -- two requests
      const dpop = await proofOf(key, 'GET', '/oauth/userinfo', token)
      // oxlint-disable-next-line no-await-in-loop -- see above
      const response = await ask(undefined, { headers: { authorization: `DPoP ${token}`, dpop } })
      statuses.push(response.status)
      assert.equal(response.status === 200 || response.headers.has('www-authenticate'), true)
    }
    assert.deepEqual(statuses, [200, 401])
  })

  void test('a token whose grant or client is gone, before the feed says so', async () => {
    const { store } = at
    const one = await addApp()
    const { access_token: token } = await tokens({}, one)
    const [grant] = await store.tokens.listGrants({ tenant: 'default', clientId: one.id })
    await store.tokens.revokeGrant('default', grant?.id ?? '', at.clock.now())
    const two = await addApp()
    const { access_token: other } = await tokens({}, two)
    await store.principals.revoke('default', two.id, at.clock.now())
    for (const text of [token, other]) {
      // oxlint-disable-next-line no-await-in-loop -- two requests
      const response = await ask(text)
      assert.equal(response.status, 401)
      assert.match(response.headers.get('www-authenticate') ?? '', /invalid_token/)
    }
  })

  void test('a token that has expired', async () => {
    const { access_token: token } = await tokens()
    assert.equal((await ask(token)).status, 200)
    at.clock.pass(900)
    assert.equal((await ask(token)).status, 401)
  })

  void test('a token in the URL or in a form (SR-028)', async () => {
    const { access_token: token = '' } = await tokens()
    const inUrl = await ask(undefined, {}, `/oauth/userinfo?access_token=${token}`)
    const body = new URLSearchParams({ access_token: token })
    const inForm = await ask(undefined, { method: 'POST', body })
    assert.deepEqual([inUrl.status, inForm.status], [401, 401])
  })

  void test('nobody’s script, and nobody’s cookies: any origin, never with credentials', async () => {
    const { access_token: token } = await tokens()
    const asked = await ask(undefined, {
      method: 'OPTIONS',
      headers: { origin: 'https://spa.example', 'access-control-request-method': 'GET' },
    })
    assert.equal(asked.status, 204)
    assert.match(asked.headers.get('access-control-allow-headers') ?? '', /Authorization.*DPoP/)
    const answered = await ask(token)
    for (const { headers } of [asked, answered]) {
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(headers.get('access-control-allow-credentials'), null)
    }
  })
})
