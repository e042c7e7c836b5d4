/** oauth4webapi, step by step: what it validates of every answer is what is tested here. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import {
  describeClient,
  REDIRECT,
  serveOurs,
  signIn,
  type OurAuthority,
} from '../testing/our-target.ts'
import { LOOPBACK } from '../support.ts'

let at: OurAuthority
before(async () => {
  at = await serveOurs({ profile: 'fapi2' })
})
after(() => at.close())

test('a signed request object is pushed with DPoP and redeemed with private_key_jwt (RFC 9101, 9126, 9207, 9449)', async () => {
  const issuer = new URL(at.url)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...LOOPBACK })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const described = await describeClient(at, {
    scope: 'openid',
    dpop: true,
    settings: { requireSignedRequestObject: true },
  })
  const client: oauth.Client = { client_id: described.client_id }
  const key = await importJWK({ ...described.jwk, alg: 'ES256' }, 'ES256')
  assert.ok(!(key instanceof Uint8Array))
  const auth = oauth.PrivateKeyJwt({ key, kid: 'ec' })
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const options = { DPoP, ...LOOPBACK }

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const asked = new URLSearchParams({
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const request = await oauth.issueRequestObject(as, client, asked, { key, kid: 'ec' })
  const pushed = await oauth.processPushedAuthorizationResponse(
    as,
    client,
    await oauth.pushedAuthorizationRequest(as, client, auth, { request }, options),
  )
  const url = new URL(as.authorization_endpoint ?? '')
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)

  const told = oauth.validateAuthResponse(as, client, await signIn(at, url), state)
  const answer = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    told,
    REDIRECT,
    verifier,
    options,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, answer, LOOPBACK)
  const { sub = '' } = oauth.getValidatedIdTokenClaims(tokens) ?? {}
  const person = await oauth.userInfoRequest(as, client, tokens.access_token, options)
  assert.equal((await oauth.processUserInfoResponse(as, client, sub, person)).sub, sub)
})
