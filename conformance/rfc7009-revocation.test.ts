/** RFC 7009: revocation of both kinds of token. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { requestView } from 'countersign/testing'
import {
  introspectionRequest,
  processIntrospectionResponse,
  processRevocationResponse,
  revocationRequest,
  type AuthorizationServer,
} from 'oauth4webapi'
import {
  API,
  discover,
  jsonOf,
  LOOPBACK,
  post,
  registerClient,
  startAuthority,
  tokenOf,
  type Served,
  type StrictClient,
} from './support.ts'

let at: Served
let as: AuthorizationServer
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
})
after(() => at.close())

const revoke = async ({ client, auth }: StrictClient, token: string): Promise<void> =>
  processRevocationResponse(await revocationRequest(as, client, auth, token, LOOPBACK))

async function isActive({ client, auth }: StrictClient, token: string): Promise<boolean> {
  const response = await introspectionRequest(as, client, auth, token, LOOPBACK)
  return (await processIntrospectionResponse(as, client, response)).active
}

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`a revoked ${accessTokenFormat} token is dead when the answer arrives (§2)`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const token = await tokenOf(as, client)
    const other = await tokenOf(as, client)
    assert.equal(await isActive(client, token), true)
    await revoke(client, token)
    assert.equal(await isActive(client, token), false)
    assert.equal(await isActive(client, other), true)
  })

  test(`a revoked ${accessTokenFormat} token is refused at a desk in the same process`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const token = await tokenOf(as, client)
    const desk = at.authority.desk({ audience: API }).guard()
    const ask = async (): Promise<string> => {
      const headers = [['authorization', `Bearer ${token}`] as const]
      const decision = await desk.check(requestView({ headers }))
      return decision.outcome === 'refused' ? decision.reason : decision.outcome
    }
    assert.equal(await ask(), 'allowed')
    await revoke(client, token)
    const reason = accessTokenFormat === 'jwt' ? 'jwt.revoked' : 'opaque.revoked'
    assert.match(await ask(), new RegExp(`^(?:${reason}|opaque.inactive)$`))
  })

  test(`revoking a ${accessTokenFormat} token is one change and one event in the audit log`, async () => {
    const client = await registerClient(at, { accessTokenFormat })
    const token = await tokenOf(as, client)
    const [changes, events] = [await at.store.changes.head(), await at.store.events.head()]
    await revoke(client, token)
    await revoke(client, token)
    assert.equal(await at.store.changes.head(), changes + 1)
    assert.equal(await at.store.events.head(), events + 1)
  })

  test(`a client cannot revoke another client's ${accessTokenFormat} token (§2.1)`, async () => {
    const owner = await registerClient(at, { accessTokenFormat })
    const stranger = await registerClient(at)
    const token = await tokenOf(as, owner)
    await assert.rejects(revoke(stranger, token))
    assert.equal(await isActive(owner, token), true)
  })
}

test('answers 200 for what is no live token (§2.2)', async () => {
  const client = await registerClient(at)
  for (const token of ['x', 'a.b.c', 'cs_at_000000000000_x']) {
    // oxlint-disable-next-line no-await-in-loop -- three requests
    await revoke(client, token)
  }
})

test('ignores a wrong token_type_hint (§2.1)', async () => {
  const client = await registerClient(at, { tokenEndpointAuthMethod: 'client_secret_post' })
  const token = await tokenOf(as, client)
  const { secret } = client
  const body = new URLSearchParams({
    token,
    token_type_hint: 'refresh_token',
    client_id: client.client.client_id,
    client_secret: secret,
  })
  assert.equal((await post(`${at.url}/oauth/revoke`, body.toString())).status, 200)
  assert.equal(await isActive(client, token), false)
})

test('wants an authenticated client (SR-029)', async () => {
  const response = await post(`${at.url}/oauth/revoke`, 'token=x')
  assert.equal(response.status, 401)
  assert.equal((await jsonOf(response))['error'], 'invalid_client')
})
