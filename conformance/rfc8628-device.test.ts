/** RFC 8628: device authorization, by two strict clients and a browser without script. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  ResponseBodyError,
  type AuthorizationServer,
  type DeviceAuthorizationResponse,
} from 'oauth4webapi'
import * as openid from 'openid-client'
import { openBrowser } from '../packages/server/src/testing/browser.ts'
import { decide } from '../packages/server/src/testing/devices.ts'
import { addUser, type TestPerson } from '../packages/server/src/testing/people.ts'
import {
  discover,
  LOOPBACK,
  registerClient,
  startAuthority,
  type Served,
  type StrictClient,
} from './support.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

let at: Served
let as: AuthorizationServer
let device: StrictClient
let alice: TestPerson
before(async () => {
  at = await startAuthority()
  as = await discover(at.url)
  device = await registerClient(at, { grantTypes: [GRANT, 'refresh_token'] })
  alice = await addUser(at, 'alice')
})
after(() => at.close())

async function ask(scope = 'orders:read openid'): Promise<DeviceAuthorizationResponse> {
  const { client, auth } = device
  const response = await deviceAuthorizationRequest(as, client, auth, { scope }, LOOPBACK)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  return processDeviceAuthorizationResponse(as, client, response)
}

async function poll(code: string) {
  const { client, auth } = device
  const response = await deviceCodeGrantRequest(as, client, auth, code, LOOPBACK)
  return processDeviceCodeResponse(as, client, response)
}

const errorOf = (code: string): Promise<string | undefined> =>
  poll(code).then(
    () => undefined,
    (error: unknown) => (error instanceof ResponseBodyError ? error.error : String(error)),
  )

const say = (userCode: string, decision: 'allow' | 'deny') =>
  decide(
    openBrowser((request) => fetch(request), at.url),
    alice,
    { code: userCode, decision },
  )

test('discovery names the endpoint and the grant (§4)', () => {
  assert.equal(as.device_authorization_endpoint, `${at.url}/oauth/device_authorization`)
  assert.ok(as.grant_types_supported?.includes(GRANT))
})

test('pending until a person has allowed it, then tokens and an ID token (§3.4, §3.5)', async () => {
  const codes = await ask()
  assert.equal(codes.verification_uri, `${at.url}/device`)
  assert.equal(await errorOf(codes.device_code), 'authorization_pending')
  assert.equal(await errorOf(codes.device_code), 'slow_down')
  await say(codes.user_code, 'allow')
  const tokens = await poll(codes.device_code)
  assert.equal(tokens.scope, 'orders:read openid')
  assert.ok(tokens.refresh_token !== undefined && tokens.id_token !== undefined)
})

test('access_denied where the person refuses', async () => {
  const codes = await ask()
  await say(codes.user_code, 'deny')
  assert.equal(await errorOf(codes.device_code), 'access_denied')
})

test('openid-client goes through the flow', async () => {
  // oxlint-disable-next-line typescript/no-deprecated -- struck through on purpose; this is loopback
  const execute = [openid.allowInsecureRequests]
  const { client, secret } = device
  const method = openid.ClientSecretBasic(secret)
  const config = await openid.discovery(new URL(at.url), client.client_id, undefined, method, {
    algorithm: 'oauth2',
    execute,
  })
  const codes = await openid.initiateDeviceAuthorization(config, { scope: 'orders:read' })
  await say(codes.user_code, 'allow')
  // The decision is there: no reason to wait for the first poll.
  const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
  assert.equal(tokens.scope, 'orders:read')
})
