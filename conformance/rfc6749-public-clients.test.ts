/** RFC 6749 §2.1, OAuth 2.1 §2.1: clients that cannot keep a secret say their name, and prove a code. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  genericTokenEndpointRequest,
  introspectionRequest,
  None,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type AuthorizationServer,
} from 'oauth4webapi'
import { addClient } from '../packages/server/src/testing/authority.ts'
import { addPerson, giveCode } from '../packages/server/src/testing/grants.ts'
import { discover, LOOPBACK, startAuthority, type Served } from './support.ts'

let at: Served
let as: AuthorizationServer
before(async () => {
  at = await startAuthority({ noReplayFence: true })
  as = await discover(at.url)
})
after(() => at.close())

const seconds = (): number => Math.floor(Date.now() / 1000)

/** A code that a person gave to a client. */
async function given() {
  const { id } = await addClient(at, {
    tokenEndpointAuthMethod: 'none',
    grantTypes: ['authorization_code'],
    redirectUris: ['https://app.example.com/cb'],
  })
  const clock = { now: seconds, read: Date.now, pass: () => undefined }
  const person = await addPerson(at)
  const { code, verifier } = await giveCode({ ...at, clock }, { id }, { person })
  const parameters = { code, code_verifier: verifier, redirect_uri: 'https://app.example.com/cb' }
  return { client: { client_id: id }, parameters }
}

async function redeem(
  client: { readonly client_id: string },
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const grant = 'authorization_code'
  const sent = await genericTokenEndpointRequest(as, client, None(), grant, parameters, LOOPBACK)
  return (await processGenericTokenEndpointResponse(as, client, sent)).access_token
}

const isError = (code: string) => (error: unknown) =>
  error instanceof ResponseBodyError && error.error === code

test('oauth4webapi redeems a code with nothing but its name and the verifier', async () => {
  const { client, parameters } = await given()
  assert.ok(await redeem(client, parameters))
})

test('a client with a secret cannot leave it out', async () => {
  const { parameters } = await given()
  const { id } = await addClient(at, { grantTypes: ['authorization_code'] })
  await assert.rejects(redeem({ client_id: id }, parameters))
})

test('a public client learns nothing about tokens (RFC 7662 §2.1)', async () => {
  const { client, parameters } = await given()
  const token = await redeem(client, parameters)
  const { status } = await introspectionRequest(as, client, None(), token, LOOPBACK)
  assert.equal(status, 401)
})

test('another public client cannot redeem the code', async () => {
  const { parameters } = await given()
  const { client } = await given()
  await assert.rejects(redeem(client, parameters), isError('invalid_grant'))
})
