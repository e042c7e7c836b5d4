/** RFC 7523 §2.1: the word of another issuer as a grant, by the generic grant request of a strict client. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type AuthorizationServer,
} from 'oauth4webapi'
import { addUser } from '../packages/server/src/testing/people.ts'
import { testIssuer } from '../packages/server/src/testing/trusted-issuer.ts'
import {
  discover,
  LOOPBACK,
  registerClient,
  startAuthority,
  type Served,
  type StrictClient,
} from './support.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const idp = testIssuer()
let at: Served
let as: AuthorizationServer
let client: StrictClient
before(async () => {
  at = await startAuthority({ noReplayFence: true }, { trustedIssuers: [idp.options] })
  as = await discover(at.url)
  client = await registerClient(at, { grantTypes: [GRANT] })
  await addUser(at, 'alice')
})
after(() => at.close())

const assertion = (typ: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  idp.assert(Math.floor(Date.now() / 1000), { typ, claims: { aud: at.url, ...claims } })

async function bear(text: string) {
  const form = { assertion: text }
  const { client: metadata, auth } = client
  const response = await genericTokenEndpointRequest(as, metadata, auth, GRANT, form, LOOPBACK)
  return processGenericTokenEndpointResponse(as, metadata, response)
}

const errorOf = (asked: Promise<unknown>): Promise<string | undefined> =>
  asked.then(
    () => undefined,
    (error: unknown) => (error instanceof ResponseBodyError ? error.error : String(error)),
  )

test('discovery names the grant', () => {
  assert.ok(as.grant_types_supported?.includes(GRANT))
})

test('an assertion is a token once, and never a refresh token (§3)', async () => {
  const text = await assertion('JWT')
  const tokens = await bear(text)
  assert.deepEqual([tokens.scope, tokens.refresh_token], ['orders:*', undefined])
  assert.equal(await errorOf(bear(text)), 'invalid_grant')
})

test('an Identity Assertion Authorization Grant is one, for the client and resource it names', async () => {
  const { client_id } = client.client
  const resource = 'https://other.example.com'
  const tokens = await bear(await assertion('oauth-id-jag+jwt', { client_id, resource }))
  assert.equal(tokens.token_type, 'bearer')
  const other = await assertion('oauth-id-jag+jwt', { client_id: 'cli_other', resource })
  assert.equal(await errorOf(bear(other)), 'invalid_grant')
})
