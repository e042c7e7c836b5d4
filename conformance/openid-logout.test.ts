/** OpenID Connect RP-Initiated Logout and Back-Channel Logout, by openid-client and jose. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { openBrowser } from '../packages/server/src/testing/browser.ts'
import { addUser, signIn, type TestPerson } from '../packages/server/src/testing/people.ts'
import { registerClient, startAuthority, type Served } from './support.ts'

const CALLBACK = 'https://app.example.com/cb'
const RETURN = 'https://app.example.com/out'

let at: Served
let alice: TestPerson
let application: Server
before(async () => {
  at = await startAuthority({ allowHttp: true }, { allowPrivateHosts: ['127.0.0.1'] })
  alice = await addUser(at, 'alice')
  application = createServer()
  application.listen(0, '127.0.0.1')
  await once(application, 'listening')
})
after(async () => {
  application.closeAllConnections()
  application.close()
  await at.close()
})

/** The address of the application, for tokens that are sent behind the person's back. */
function backchannel(): string {
  const address = application.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}/backchannel`
}

test('openid-client signs a person out; the browser returns, and every application is told', async () => {
  const { client, secret } = await registerClient(at, {
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: [RETURN],
    backchannelLogoutUri: backchannel(),
    tokenEndpointAuthMethod: 'client_secret_post',
    consent: 'trusted',
  })
  const authentication = openid.ClientSecretPost(secret)
  const config = await openid.discovery(new URL(at.url), client.client_id, {}, authentication, {
    // oxlint-disable-next-line typescript/no-deprecated -- struck through on purpose; this is loopback
    execute: [openid.allowInsecureRequests],
  })
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const browser = openBrowser((request) => fetch(request), at.url)
  const { url: callback } = await signIn(browser, await browser.open(url), alice)
  const tokens = await openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier })
  const claims = tokens.claims()

  const told = once(application, 'request')
  const logout = openid.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: RETURN,
    state: 'bye',
  })
  const end = await browser.open(logout)
  assert.equal(end.url.href, `${RETURN}?state=bye`)

  const [request, response] = await told
  response.end()
  const form = new URLSearchParams(await text(request))
  const keys = createRemoteJWKSet(new URL(`${at.url}/oauth/jwks`))
  const { payload } = await jwtVerify(form.get('logout_token') ?? '', keys, {
    issuer: at.url,
    audience: client.client_id,
    typ: 'logout+jwt',
    requiredClaims: ['jti', 'iat', 'exp', 'sub', 'sid', 'events'],
  })
  assert.deepEqual([payload.sub, payload['sid']], [claims?.sub, claims?.['sid']])
  assert.deepEqual(payload['events'], {
    'http://schemas.openid.net/event/backchannel-logout': {},
  })

  await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token ?? ''), {
    error: 'invalid_grant',
  })
  await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, alice.id))
})
