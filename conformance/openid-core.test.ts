/** OpenID Connect Core and Discovery: the code flow with a person, driven by clients of others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as strict from 'oauth4webapi'
import * as openid from 'openid-client'
import { openBrowser, type TestBrowser } from '../packages/server/src/testing/browser.ts'
import { addUser, signIn, type TestPerson } from '../packages/server/src/testing/people.ts'
import { SYSTEM_ACTOR } from '../packages/server/src/credentials/actor.ts'
import { updatePrincipal } from '../packages/server/src/credentials/principals.ts'
import { jsonOf, LOOPBACK, registerClient, startAuthority, type Served } from './support.ts'

const CALLBACK = 'https://app.example.com/cb'

let at: Served
let alice: TestPerson
before(async () => {
  at = await startAuthority({ noReplayFence: true })
  alice = await addUser(at, 'alice')
  const claims = { email: 'alice@example.com', email_verified: true, locale: 'en' }
  const ref = { tenant: 'default', kind: 'user', id: alice.id } as const
  await updatePrincipal(
    at.authority.context,
    { ...ref, change: { metadata: { claims } } },
    SYSTEM_ACTOR,
  )
})
after(() => at.close())

const register = (settings: Parameters<typeof registerClient>[1] = {}) =>
  registerClient(
    at,
    {
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: 'client_secret_post',
      ...settings,
    },
    { scopes: ['orders:*'] },
  )

const browserHere = (): TestBrowser => openBrowser((request) => fetch(request), at.url)

/** A person signs in and agrees. */
async function walk(browser: TestBrowser, url: URL): Promise<URL> {
  const page = await signIn(browser, await browser.open(url), alice)
  const end = page.elsewhere ? page : await browser.submit(page, { button: 'decision=allow' })
  assert.equal(end.elsewhere, true)
  return end.url
}

async function configure(secret: string, clientId: string): Promise<openid.Configuration> {
  const authentication = openid.ClientSecretPost(secret)
  return openid.discovery(new URL(at.url), clientId, {}, authentication, {
    // oxlint-disable-next-line typescript/no-deprecated -- struck through on purpose; this is loopback
    execute: [openid.allowInsecureRequests],
  })
}

for (const pushed of [false, true]) {
  test(`openid-client: discovery, code${pushed ? ' by a pushed request' : ''}, ID token, userinfo, refresh`, async () => {
    const { client, secret } = await register()
    const config = await configure(secret, client.client_id)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const expectedNonce = openid.randomNonce()
    const expectedState = openid.randomState()
    const parameters = {
      redirect_uri: CALLBACK,
      scope: 'openid profile email orders:read',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      nonce: expectedNonce,
      state: expectedState,
      max_age: '3600',
    }
    const url = pushed
      ? await openid.buildAuthorizationUrlWithPAR(config, parameters)
      : openid.buildAuthorizationUrl(config, parameters)
    const callback = await walk(browserHere(), url)
    const checks = { pkceCodeVerifier, expectedNonce, expectedState, maxAge: 3600 }
    const tokens = await openid.authorizationCodeGrant(config, callback, checks)
    const claims = tokens.claims()
    assert.equal(claims?.sub, alice.id)
    assert.deepEqual(claims?.['amr'], ['pwd'])
    assert.equal(claims?.['email'], undefined)
    const userinfo = await openid.fetchUserInfo(config, tokens.access_token, alice.id)
    assert.deepEqual(userinfo, {
      sub: alice.id,
      name: 'alice',
      preferred_username: 'alice',
      locale: 'en',
      email: 'alice@example.com',
      email_verified: true,
    })
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    // Core §12.2: the same person, proven at the same moment.
    assert.deepEqual(
      [refreshed.claims()?.sub, refreshed.claims()?.auth_time],
      [claims?.sub, claims?.auth_time],
    )
  })
}

test('oauth4webapi: code, ID token with a signature it verifies, userinfo with DPoP (RFC 9449 §7)', async () => {
  const { client, auth } = await register({ dpopBoundAccessTokens: true })
  const issuer = new URL(at.url)
  const as = await strict.processDiscoveryResponse(
    issuer,
    await strict.discoveryRequest(issuer, LOOPBACK),
  )
  const verifier = strict.generateRandomCodeVerifier()
  const nonce = strict.generateRandomNonce()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: await strict.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
  }).toString()
  const callback = await walk(browserHere(), url)
  const parameters = strict.validateAuthResponse(as, client, callback, strict.expectNoState)
  const keys = await strict.generateKeyPair('ES256', { extractable: true })
  const options = { ...LOOPBACK, DPoP: strict.DPoP(client, keys) }
  const response = await strict.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    parameters,
    CALLBACK,
    verifier,
    options,
  )
  const checks = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await strict.processAuthorizationCodeResponse(as, client, response, checks)
  await strict.validateApplicationLevelSignature(as, response, LOOPBACK)
  assert.equal(tokens.token_type, 'dpop')
  const asked = await strict.userInfoRequest(as, client, tokens.access_token, options)
  const told = await strict.processUserInfoResponse(as, client, alice.id, asked)
  assert.deepEqual(told, { sub: alice.id })
  const bare = await fetch(as.userinfo_endpoint ?? '', {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })
  assert.equal(bare.status, 401)
  assert.match(bare.headers.get('www-authenticate') ?? '', /DPoP realm="userinfo"/)
})

test('two applications with pairwise names cannot tell that they have the same person (§8.1)', async () => {
  const subjects = new Set<string | undefined>()
  for (const redirect of ['https://one.example/cb', 'https://two.example/cb']) {
    // oxlint-disable-next-line no-await-in-loop -- two sign-ins, one after the other
    const { client, secret } = await register({ redirectUris: [redirect], subjectType: 'pairwise' })
    // oxlint-disable-next-line no-await-in-loop -- see above
    const config = await configure(secret, client.client_id)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const parameters = {
      redirect_uri: redirect,
      scope: 'openid',
      // oxlint-disable-next-line no-await-in-loop -- see above
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    const callback = await walk(browserHere(), openid.buildAuthorizationUrl(config, parameters))
    // oxlint-disable-next-line no-await-in-loop -- see above
    const tokens = await openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier })
    subjects.add(tokens.claims()?.sub)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await openid.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
  }
  assert.equal(subjects.size, 2)
  assert.ok(!subjects.has(alice.id))
})

test('userinfo refuses as RFC 6750 §3 says', async () => {
  const url = `${at.url}/oauth/userinfo`
  const nothing = await fetch(url)
  assert.equal(nothing.status, 401)
  assert.doesNotMatch(nothing.headers.get('www-authenticate') ?? '', /error=/)
  const wrong = await fetch(url, { headers: { authorization: 'Bearer x' } })
  assert.equal(wrong.status, 401)
  assert.match(wrong.headers.get('www-authenticate') ?? '', /Bearer .*error="invalid_token"/)
  assert.equal((await jsonOf(wrong))['error_description'], undefined)
})
