/** RFC 8693: token exchange, by the generic grant request of a strict client. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { requestView } from 'countersign/testing'
import {
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type AuthorizationServer,
} from 'oauth4webapi'
import {
  API,
  discover,
  LOOPBACK,
  registerClient,
  startAuthority,
  tokenOf,
  type Served,
  type StrictClient,
} from './support.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const BACKEND = 'https://backend.example.com'

let at: Served
let as: AuthorizationServer
let front: StrictClient
let back: StrictClient
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
  front = await registerClient(at)
  back = await registerClient(
    at,
    {
      grantTypes: [GRANT],
      audiences: [BACKEND],
      tokenExchange: { subjects: [front.client.client_id], mode: 'delegation' },
    },
    { scopes: ['orders:read'] },
  )
})
after(() => at.close())

async function exchange(token: string, by = back, more: Readonly<Record<string, string>> = {}) {
  const form = { subject_token: token, subject_token_type: ACCESS_TOKEN, ...more }
  const { client, auth } = by
  const response = await genericTokenEndpointRequest(as, client, auth, GRANT, form, LOOPBACK)
  return processGenericTokenEndpointResponse(as, client, response)
}

const errorOf = (asked: Promise<unknown>): Promise<string | undefined> =>
  asked.then(
    () => undefined,
    (error: unknown) => (error instanceof ResponseBodyError ? error.error : String(error)),
  )

test('discovery names the grant', () => {
  assert.ok(as.grant_types_supported?.includes(GRANT))
})

test('a token for another audience, within the scopes of both, that says who acts (§2.2, §4.1)', async () => {
  const token = await tokenOf(as, front, { scope: 'orders:read orders:write' })
  const response = await exchange(token)
  assert.equal(response['issued_token_type'], ACCESS_TOKEN)
  assert.deepEqual([response.token_type, response.scope], ['bearer', 'orders:read'])
  const desk = at.authority.desk({ audience: BACKEND }).guard()
  const headers = [['authorization', `Bearer ${response.access_token}`] as const]
  const decision = await desk.check(requestView({ headers }))
  assert.equal(decision.outcome, 'allowed')
  const { principal } = decision
  assert.deepEqual([principal.type, principal.id], ['agent', front.client.client_id])
  // And for the audience of the subject it is nothing.
  const elsewhere = await at.authority
    .desk({ audience: API })
    .guard()
    .check(requestView({ headers }))
  assert.equal(elsewhere.outcome, 'refused')
})

test('refused as §2.2.2 says: the token, the target, the client', async () => {
  const token = await tokenOf(as, front)
  assert.equal(await errorOf(exchange('x')), 'invalid_request')
  assert.equal(await errorOf(exchange(token, back, { audience: API })), 'invalid_target')
  assert.equal(await errorOf(exchange(token, front)), 'unauthorized_client')
})
