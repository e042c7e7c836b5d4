/** openid-client, a certified relying party: the code flow at its strictest, and at its simplest. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { importJWK } from 'jose'
import * as oidc from 'openid-client'
import {
  describeClient,
  REDIRECT,
  serveOurs,
  signIn,
  type OurAuthority,
} from '../testing/our-target.ts'

const INSECURE = { execute: [oidc.allowInsecureRequests] }

async function ask(config: oidc.Configuration, scope: string) {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const challenge = await oidc.calculatePKCECodeChallenge(verifier)
  return {
    parameters: {
      redirect_uri: REDIRECT,
      scope,
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
    checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
  }
}

suite('openid-client, fapi2: PAR, private_key_jwt, DPoP', () => {
  let at: OurAuthority
  before(async () => {
    at = await serveOurs({ profile: 'fapi2' })
  })
  after(() => at.close())

  test('a person signs in, userinfo and refresh work with the key, and sign-out of the token ends it', async () => {
    const described = await describeClient(at, { scope: 'openid', dpop: true })
    const key = await importJWK({ ...described.jwk, alg: 'ES256' }, 'ES256')
    assert.ok(!(key instanceof Uint8Array))
    const auth = oidc.PrivateKeyJwt({ key, kid: 'ec' })
    const { client_id: id } = described
    const config = await oidc.discovery(new URL(at.url), id, undefined, auth, INSECURE)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const { parameters, checks } = await ask(config, 'openid profile')
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    const callback = await signIn(at, url)
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const { sub = '' } = tokens.claims() ?? {}
    const person = await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
    assert.equal(person.name, 'Alice')
    const { refresh_token: refresh = '' } = tokens
    const again = await oidc.refreshTokenGrant(config, refresh, undefined, { DPoP })
    assert.notEqual(again.access_token, tokens.access_token)
    await oidc.tokenRevocation(config, refresh)
    await assert.rejects(oidc.refreshTokenGrant(config, refresh, undefined, { DPoP }))
  })
})

suite('openid-client, oauth21', () => {
  let at: OurAuthority
  before(async () => {
    at = await serveOurs()
  })
  after(() => at.close())

  for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    test(`the code flow with ${method}: ID token, userinfo, rotation, introspection`, async () => {
      const settings = { tokenEndpointAuthMethod: method }
      const described = await describeClient(at, { scope: 'openid', settings })
      const { client_id: id, client_secret: secret = '' } = described
      const ways = {
        client_secret_basic: () => oidc.ClientSecretBasic(secret),
        client_secret_post: () => oidc.ClientSecretPost(secret),
        none: () => oidc.None(),
      }
      const config = await oidc.discovery(new URL(at.url), id, undefined, ways[method](), INSECURE)
      const { parameters, checks } = await ask(config, 'openid profile orders:read')
      const url = oidc.buildAuthorizationUrl(config, parameters)
      const tokens = await oidc.authorizationCodeGrant(config, await signIn(at, url), checks)
      const { sub = '' } = tokens.claims() ?? {}
      assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub, sub)
      const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
      assert.notEqual(again.refresh_token, tokens.refresh_token)
    })
  }

  test('a person who refuses is an error of the client, with the right iss', async () => {
    const settings = { tokenEndpointAuthMethod: 'none' } as const
    const { client_id: id } = await describeClient(at, { scope: 'openid', settings })
    const config = await oidc.discovery(new URL(at.url), id, undefined, oidc.None(), INSECURE)
    const { parameters, checks } = await ask(config, 'openid')
    const callback = await signIn(at, oidc.buildAuthorizationUrl(config, parameters), 'refuse')
    await assert.rejects(oidc.authorizationCodeGrant(config, callback, checks), {
      error: 'access_denied',
    })
  })
})
