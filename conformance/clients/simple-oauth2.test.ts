/** simple-oauth2: an older client that does no more than RFC 6749, and PKCE when told. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { addClient } from '../../packages/server/src/testing/authority.ts'
import { pkce } from '../../packages/server/src/testing/grants.ts'
import {
  describeClient,
  REDIRECT,
  serveOurs,
  signIn,
  type OurAuthority,
} from '../testing/our-target.ts'

let at: OurAuthority
before(async () => {
  at = await serveOurs()
})
after(() => at.close())

const where = (): {
  tokenHost: string
  tokenPath: string
  authorizePath: string
  revokePath: string
} => ({
  tokenHost: at.url,
  tokenPath: '/oauth/token',
  authorizePath: '/oauth/authorize',
  revokePath: '/oauth/revoke',
})

for (const authorizationMethod of ['header', 'body'] as const) {
  test(`a code is redeemed, refreshed and revoked, credentials in the ${authorizationMethod}`, async () => {
    const method = authorizationMethod === 'header' ? 'client_secret_basic' : 'client_secret_post'
    const settings = { tokenEndpointAuthMethod: method } as const
    const described = await describeClient(at, { scope: 'orders:read', settings })
    const { client_id: id, client_secret: secret = '' } = described
    const simple = new AuthorizationCode({
      client: { id, secret },
      auth: where(),
      options: { authorizationMethod },
    })
    const { verifier, challenge } = pkce()
    const asked = {
      redirect_uri: REDIRECT,
      scope: 'orders:read',
      state: 'xyz',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    const callback = await signIn(at, new URL(simple.authorizeURL(asked)))
    const code = callback.searchParams.get('code') ?? ''
    const redeemed = { code, redirect_uri: REDIRECT, code_verifier: verifier }
    const token = await simple.getToken(redeemed)
    assert.equal(token.token['scope'], 'orders:read')
    const again = await token.refresh()
    assert.notEqual(again.token['access_token'], token.token['access_token'])
    await again.revoke('refresh_token')
    await assert.rejects(again.refresh())
  })
}

test('client credentials come with the scopes that were asked for', async () => {
  const { id, secret } = await addClient(at)
  const { tokenHost, tokenPath } = where()
  const simple = new ClientCredentials({ client: { id, secret }, auth: { tokenHost, tokenPath } })
  const { token } = await simple.getToken({ scope: ['orders:read', 'profile'] })
  assert.equal(token['scope'], 'orders:read profile')
})
