import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { dpopProof, importSigningKey } from 'countersign/dpop/sign'
import { requestView } from 'countersign/testing'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeGrant } from '../credentials/grants.ts'
import { revokePrincipal } from '../credentials/principals.ts'
import {
  addClient,
  addTenant,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { claimsOf } from '../testing/claims.ts'
import { ask } from '../testing/devices.ts'
import { addExchanger, BACKEND, exchange, personToken } from '../testing/exchange.ts'
import { addUser } from '../testing/people.ts'
import { testIssuer } from '../testing/trusted-issuer.ts'
import { ASSERTED_ATTACKS } from '../trusted-issuers/attacks.ts'
import { EXCHANGE_ATTACKS } from './exchange/attacks.ts'
import { TOKEN_TYPES } from './exchange/token-types.ts'
import { TOKEN_EXCHANGE_GRANT } from './token-exchange.ts'

const idp = testIssuer()
let at: TestAuthority
let app: TestClient
let service: TestClient

before(async () => {
  at = await openAuthority({ trustedIssuers: [idp.options], unsafe: { noReplayFence: true } })
  app = await addClient(at, { grantTypes: ['authorization_code', 'refresh_token'] })
  service = await addExchanger(at)
})
after(() => at.close())

type Format = 'jwt' | 'opaque'

/** What a desk of the API behind says of a token: who it is, or the reason of the refusal. */
async function deskSays(token: string) {
  const desk = at.authority.desk({ audience: BACKEND }).guard()
  const headers = [['authorization', `Bearer ${token}`] as const]
  const decision = await desk.check(requestView({ headers }))
  return decision.outcome === 'allowed' ? decision.principal : undefined
}

async function exchanged(by = service, token?: string): Promise<string> {
  const subject = token ?? (await personToken(at, app)).token
  const { status, body } = await exchange(at, by, { token: subject })
  assert.equal(status, 200)
  return String(body['access_token'])
}

/** A token of the client itself, to show who acts. */
async function ownToken(client: TestClient): Promise<string> {
  const form = { grant_type: 'client_credentials' }
  const { body } = await ask(at, client, { path: '/oauth/token', form })
  return String(body['access_token'])
}

const revoke = async (client: TestClient, token: string): Promise<void> => {
  const headers = { authorization: basicAuth(client) }
  assert.equal((await postForm(at, '/oauth/revoke', { token }, headers)).status, 200)
}

void describe('token exchange', () => {
  void test('delegation: the person is the subject, the client acts, the grant is the same', async () => {
    const { token, grantId, personId } = await personToken(at, app)
    at.clock.pass(600)
    const { status, body } = await exchange(at, service, { token })
    assert.equal(status, 200)
    assert.equal(body['issued_token_type'], TOKEN_TYPES.accessToken)
    assert.equal(body['token_type'], 'Bearer')
    assert.equal(body['refresh_token'], undefined)
    // The subject lived 900 seconds, and the client’s own tokens do, too.
    assert.equal(body['expires_in'], 300)
    const claims = claimsOf(body['access_token'])
    const { sub, aud, scope, client_id: clientId, grant_id: grant, act } = claims
    assert.deepEqual([sub, aud, scope], [personId, BACKEND, 'orders:read'])
    assert.deepEqual([clientId, grant], [service.id, grantId])
    assert.deepEqual(act, { sub: service.id, client_id: service.id })
  })

  for (const accessTokenFormat of ['jwt', 'opaque'] satisfies Format[]) {
    void test(`a desk sees an agent, and for whom it acts (${accessTokenFormat})`, async () => {
      const by = await addExchanger(at, { accessTokenFormat })
      const { token, personId } = await personToken(at, app)
      const principal = await deskSays(await exchanged(by, token))
      assert.deepEqual([principal?.type, principal?.id], ['agent', personId])
      assert.equal(principal?.type === 'agent' ? principal.actor.subject : '', by.id)
    })

    void test(`introspection tells who acts, and the parents (${accessTokenFormat})`, async () => {
      const by = await addExchanger(at, { accessTokenFormat })
      const form = { token: await exchanged(by) }
      const { body } = await ask(at, by, { path: '/oauth/introspect', form })
      assert.deepEqual(body['act'], { sub: by.id, client_id: by.id })
      assert.equal((body['parent_jti'] as readonly string[]).length, 1)
    })

    void test(`ends with the token before it, and the one before that (${accessTokenFormat})`, async () => {
      const by = await addExchanger(at, { accessTokenFormat })
      const { token } = await personToken(at, app)
      const first = await exchanged(by, token)
      const second = await exchanged(by, first)
      const other = await exchanged(by)
      for (const each of [first, second]) assert.ok((await deskSays(each)) !== undefined)
      await revoke(app, token)
      for (const each of [first, second]) assert.equal(await deskSays(each), undefined)
      assert.ok((await deskSays(other)) !== undefined)
    })

    void test(`ends with its grant, and with its person (${accessTokenFormat})`, async () => {
      const by = await addExchanger(at, { accessTokenFormat })
      const [one, two] = [await personToken(at, app), await personToken(at, app)]
      const tokens = [await exchanged(by, one.token), await exchanged(by, two.token)]
      const { context } = at.authority
      await revokeGrant(context, { tenant: 'default', id: one.grantId }, SYSTEM_ACTOR)
      const person = { tenant: 'default', kind: 'user', id: two.personId } as const
      await revokePrincipal(context, person, SYSTEM_ACTOR)
      for (const each of tokens) assert.equal(await deskSays(each), undefined)
    })

    void test(`ends with the token of the actor (${accessTokenFormat})`, async () => {
      const by = await addExchanger(at, { accessTokenFormat })
      const actor = await ownToken(by)
      const { token } = await personToken(at, app)
      const form = { actor_token: actor, actor_token_type: TOKEN_TYPES.accessToken }
      const { body } = await exchange(at, by, { token, form })
      const made = String(body['access_token'])
      assert.ok((await deskSays(made)) !== undefined)
      await revoke(by, actor)
      assert.equal(await deskSays(made), undefined)
    })
  }

  for (const attack of EXCHANGE_ATTACKS) {
    void test(`refused: ${attack.title}`, async () => {
      const { token } = await personToken(at, app)
      const good = {
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: token,
        subject_token_type: TOKEN_TYPES.accessToken,
        ...attack.change,
      }
      const form = Object.fromEntries(
        Object.entries(good).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
      )
      const { status, body } = await ask(at, service, { path: '/oauth/token', form })
      assert.deepEqual([status, body['error']], [400, attack.error])
    })
  }

  void test('has no scope that the client has not, and none at all is an error', async () => {
    const [narrow, none] = [
      await addExchanger(at, {}, ['orders:read']),
      await addExchanger(at, {}, ['payments:write']),
    ]
    const { token } = await personToken(at, app, { scopes: ['orders:read', 'orders:write'] })
    assert.equal(claimsOf(await exchanged(narrow, token))['scope'], 'orders:read')
    const wide = await exchange(at, narrow, { token, form: { scope: 'orders:write' } })
    assert.equal(wide.body['error'], 'invalid_scope')
    assert.equal((await exchange(at, none, { token })).body['error'], 'invalid_scope')
  })

  void test('refused: a refresh token, an expired and a revoked token, one of another tenant', async () => {
    const { token: late, refreshToken } = await personToken(at, app)
    at.clock.pass(901)
    const revoked = await personToken(at, app)
    await revoke(app, revoked.token)
    await addTenant(at, 'acme')
    const acme = await addClient(at, {}, { tenant: 'acme' })
    const form = { grant_type: 'client_credentials' }
    const foreign = await ask(at, acme, { path: '/t/acme/oauth/token', form })
    for (const token of [refreshToken, late, revoked.token, String(foreign.body['access_token'])]) {
      // oxlint-disable-next-line no-await-in-loop -- four requests
      const { body } = await exchange(at, service, { token })
      assert.equal(body['error'], 'invalid_request')
    }
  })

  void test('closed: without rules, and for subjects that the rules do not name', async () => {
    const { token } = await personToken(at, app)
    const without = await addExchanger(at, { tokenExchange: null })
    const { body } = await exchange(at, without, { token })
    assert.equal(body['error'], 'unauthorized_client')
    const mode = 'delegation'
    const other = await addExchanger(at, { tokenExchange: { subjects: [service.id], mode } })
    assert.equal((await exchange(at, other, { token })).body['error'], 'invalid_request')
    const named = await addExchanger(at, { tokenExchange: { subjects: [app.id], mode } })
    assert.equal((await exchange(at, named, { token })).status, 200)
  })

  void test('closed: for clients that prove nothing', async () => {
    const open = await addExchanger(at, {
      tokenEndpointAuthMethod: 'none',
      grantTypes: [TOKEN_EXCHANGE_GRANT],
    })
    const { token } = await personToken(at, app)
    const form = {
      grant_type: TOKEN_EXCHANGE_GRANT,
      client_id: open.id,
      subject_token: token,
      subject_token_type: TOKEN_TYPES.accessToken,
    }
    const body = await (await postForm(at, '/oauth/token', form)).text()
    assert.match(body, /unauthorized_client/)
  })

  void test('impersonation names nobody new, and never forgets who acted before', async () => {
    const rules = { subjects: ['*'], mode: 'impersonation' } as const
    const silent = await addExchanger(at, { tokenExchange: rules })
    const { token } = await personToken(at, app)
    assert.equal(claimsOf(await exchanged(silent, token))['act'], undefined)
    const delegated = await exchanged(service, token)
    const act = { sub: service.id, client_id: service.id }
    assert.deepEqual(claimsOf(await exchanged(silent, delegated))['act'], act)
  })

  void test('a chain names each actor, the last one outermost, four at most', async () => {
    const services = [service]
    while (services.length < 5) services.push(await addExchanger(at))
    let { token } = await personToken(at, app)
    for (const each of services.slice(0, 4)) token = await exchanged(each, token)
    const names: unknown[] = []
    for (let act = claimsOf(token)['act']; act !== undefined; ) {
      const { sub, act: next } = act as { sub: string; act?: unknown }
      names.push(sub)
      act = next
    }
    assert.deepEqual(
      names,
      services
        .slice(0, 4)
        .map(({ id }) => id)
        .toReversed(),
    )
    const { body } = await exchange(at, services[4] ?? service, { token })
    assert.equal(body['error'], 'invalid_request')
  })

  void test('refused: an actor that is another client, or that acts for somebody', async () => {
    const other = await addExchanger(at)
    const { token } = await personToken(at, app)
    const delegated = await exchanged()
    for (const actor of [await ownToken(other), delegated]) {
      const form = { actor_token: actor, actor_token_type: TOKEN_TYPES.accessToken }
      // oxlint-disable-next-line no-await-in-loop -- two requests
      assert.equal((await exchange(at, service, { token, form })).body['error'], 'invalid_request')
    }
  })

  void test('a bound subject has to be proven, and binds what comes of it (RFC 9449)', async () => {
    const jwk = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) }
    const [key, foreign] = [
      await importSigningKey({ jwk }),
      await importSigningKey({
        jwk: { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) },
      }),
    ]
    const proof = async (by = key) => ({
      dpop: await dpopProof({
        key: by,
        method: 'POST',
        url: 'https://auth.example.com/oauth/token',
        now: at.clock.now(),
      }),
    })
    const { token } = await personToken(at, app, { headers: await proof() })
    assert.equal((await exchange(at, service, { token })).body['error'], 'invalid_request')
    const wrong = await exchange(at, service, { token, headers: await proof(foreign) })
    assert.equal(wrong.body['error'], 'invalid_request')
    const { body } = await exchange(at, service, { token, headers: await proof() })
    assert.equal(body['token_type'], 'DPoP')
    const bound = claimsOf(body['access_token'])['cnf']
    assert.deepEqual(bound, claimsOf(token)['cnf'])
  })

  void test('details that a person agreed to stay with the client of the grant (RFC 9396)', async () => {
    const facts = { authorizationDetails: [{ type: 'payment', amount: '5' }] }
    const { token } = await personToken(at, app, { facts })
    assert.equal(claimsOf(await exchanged(service, token))['authorization_details'], undefined)
  })

  void test('is in the audit log: who, for whom, from whom', async () => {
    const { token, personId } = await personToken(at, app)
    await exchanged(service, token)
    const { items } = await at.store.events.list({ tenant: 'default', limit: 1 })
    assert.deepEqual(
      [items[0]?.type, items[0]?.actor, items[0]?.subject, items[0]?.data['source']],
      ['token.exchanged', service.id, personId, app.id],
    )
  })
})

void describe('exchange of an assertion of a trusted issuer', () => {
  let broker: TestClient
  const form = { subject_token_type: TOKEN_TYPES.jwt }
  const rules = { subjects: [idp.options.issuer], mode: 'delegation' } as const
  before(async () => {
    await addUser(at, 'alice')
    broker = await addExchanger(at, { tokenExchange: rules })
  })

  void test('is a token for its person, with a grant of its own', async () => {
    const token = await idp.assert(at.clock.now())
    const { status, body } = await exchange(at, broker, { token, form })
    assert.deepEqual([status, body['expires_in']], [200, 300])
    const { grant_id: id } = claimsOf(body['access_token'])
    assert.ok((await at.store.tokens.findGrant('default', String(id))) !== undefined)
  })

  for (const { title, change, bearerOnly } of ASSERTED_ATTACKS) {
    if (bearerOnly === true) continue
    void test(`refused: ${title}`, async () => {
      const now = at.clock.now()
      const { body } = await exchange(at, broker, {
        token: await idp.assert(now, change(now)),
        form,
      })
      assert.equal(body['error'], 'invalid_request')
    })
  }

  void test('refused: by a client whose rules name clients only, and as a grant in disguise', async () => {
    const now = at.clock.now()
    const token = await idp.assert(now)
    assert.equal((await exchange(at, service, { token, form })).body['error'], 'invalid_request')
    const jag = await idp.assert(now, { typ: 'oauth-id-jag+jwt', claims: { client_id: broker.id } })
    const { body } = await exchange(at, broker, { token: jag, form })
    assert.equal(body['error'], 'invalid_request')
  })

  void test('may_act decides: who is named may, whatever the rules; nobody else may (§4.4)', async () => {
    const cases = [
      [{ sub: service.id }, service, 200],
      [{ sub: service.id, client_id: service.id }, service, 200],
      [{ sub: service.id }, broker, 400],
      [{ sub: service.id, client_id: 'cli_other' }, service, 400],
      [{ sub: service.id, iss: 'https://idp.example.com' }, service, 400],
      [{ client_id: service.id }, service, 400],
      ['everybody', broker, 400],
      [null, broker, 200],
    ] as const
    for (const [mayAct, by, expected] of cases) {
      // oxlint-disable-next-line no-await-in-loop -- a table
      const token = await idp.assert(at.clock.now(), { claims: { may_act: mayAct } })
      // oxlint-disable-next-line no-await-in-loop -- a table
      const { status } = await exchange(at, by, { token, form })
      assert.equal(status, expected, JSON.stringify(mayAct))
    }
  })
})
