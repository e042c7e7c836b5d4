/** RFC 7523 §2.2: clients that prove themselves by a signed assertion, as clients we did not write make them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  DPoP,
  generateKeyPair,
  introspectionRequest,
  isDPoPNonceError,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  processIntrospectionResponse,
  processRevocationResponse,
  revocationRequest,
  type AuthorizationServer,
  type Client,
} from 'oauth4webapi'
import {
  allowInsecureRequests as allowInsecure,
  clientCredentialsGrant,
  discovery,
  PrivateKeyJwt as SignedBy,
} from 'openid-client'
import type { ClientSettings } from '../packages/server/src/model/client-settings.ts'
import { addClient } from '../packages/server/src/testing/authority.ts'
import { API, discover, LOOPBACK, startAuthority, type Served } from './support.ts'

const ALGORITHMS = ['ES256', 'PS256', 'Ed25519', 'RS256'] as const

/** A client with a key of its own. */
async function keyClient(
  at: Served,
  algorithm: (typeof ALGORITHMS)[number] = 'ES256',
  settings: Partial<ClientSettings> = {},
) {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const jwk = {
    ...(await crypto.subtle.exportKey('jwk', pair.publicKey)),
    alg: algorithm,
    kid: '1',
  }
  const { key_ops: _operations, ext: _ext, ...registered } = jwk
  const { id } = await addClient(at, {
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks: { keys: [registered] },
    ...settings,
  })
  const key = { key: pair.privateKey, kid: '1' }
  const client: Client = { client_id: id }
  return { client, key, auth: PrivateKeyJwt(key) }
}

type KeyClient = Awaited<ReturnType<typeof keyClient>>

for (const profile of ['oauth21', 'fapi2'] as const) {
  describe(`private_key_jwt under ${profile}`, () => {
    let at: Served
    let as: AuthorizationServer
    before(async () => {
      at = await startAuthority({ noReplayFence: true }, { profile })
      as = await discover(at.url)
    })
    after(() => at.close())

    const token = async ({ client, auth }: KeyClient) => {
      const key = DPoP(client, await generateKeyPair('ES256'))
      const options = { ...LOOPBACK, DPoP: key }
      const answer = await clientCredentialsGrantRequest(as, client, auth, {}, options)
      return processClientCredentialsResponse(as, client, answer)
    }

    for (const algorithm of ALGORITHMS) {
      const taken = profile === 'oauth21' || algorithm !== 'RS256'
      test(`oauth4webapi ${taken ? 'gets a token' : 'is refused'} with ${algorithm}`, async () => {
        const asked = token(await keyClient(at, algorithm))
        if (taken) assert.ok((await asked).access_token)
        else await assert.rejects(asked)
      })
    }

    test('oauth4webapi introspects and revokes with it', async () => {
      const key = await keyClient(at)
      const { client, auth } = key
      const { access_token: issued } = await token(key)
      const active = async (): Promise<boolean> => {
        const told = await introspectionRequest(as, client, auth, issued, LOOPBACK)
        return (await processIntrospectionResponse(as, client, told)).active
      }
      assert.equal(await active(), true)
      const revoked = await revocationRequest(as, client, auth, issued, LOOPBACK)
      await processRevocationResponse(revoked)
      assert.equal(await active(), false)
    })

    test('discovery names the mechanisms and algorithms of the profile (SR-032)', () => {
      const methods = as.token_endpoint_auth_methods_supported ?? []
      assert.equal(methods.includes('private_key_jwt'), true)
      assert.equal(methods.includes('client_secret_basic'), profile === 'oauth21')
      assert.equal(methods.includes('none'), profile === 'oauth21')
      const algorithms = as.token_endpoint_auth_signing_alg_values_supported ?? []
      assert.equal(algorithms.includes('ES256'), true)
      assert.equal(algorithms.includes('RS256'), profile === 'oauth21')
      assert.equal(algorithms.includes('HS256') || algorithms.includes('none'), false)
      assert.equal(as.introspection_endpoint_auth_methods_supported?.includes('none'), false)
    })
  })
}

test('openid-client gets a token with private_key_jwt', async () => {
  const at = await startAuthority({ noReplayFence: true })
  const { client, key } = await keyClient(at)
  const options = { execute: [allowInsecure] }
  const url = new URL(at.url)
  const config = await discovery(url, client.client_id, undefined, SignedBy(key), options)
  const { scope } = await clientCredentialsGrant(config, { scope: 'profile', resource: API })
  assert.equal(scope, 'profile')
  await at.close()
})

describe('where the authority asks for nonces (RFC 9449 §8)', () => {
  let at: Served
  let as: AuthorizationServer
  before(async () => {
    at = await startAuthority({ noReplayFence: true }, { dpop: { requireNonce: true } })
    as = await discover(at.url)
  })
  after(() => at.close())

  test('oauth4webapi is told one, and gets its token at the second try (SR-038)', async () => {
    const { client, auth } = await keyClient(at)
    const key = DPoP(client, await generateKeyPair('ES256'))
    const ask = async () => {
      const options = { [allowInsecureRequests]: true, DPoP: key } as const
      const answer = await clientCredentialsGrantRequest(as, client, auth, {}, options)
      return processClientCredentialsResponse(as, client, answer)
    }
    const first = await ask().catch((error: unknown) => error)
    assert.equal(isDPoPNonceError(first), true)
    assert.equal((await ask()).token_type, 'dpop')
    assert.equal((await ask()).token_type, 'dpop', 'the nonce lasts')
  })

  test('a token without a proof needs no nonce', async () => {
    const { client, auth } = await keyClient(at)
    const answer = await clientCredentialsGrantRequest(as, client, auth, {}, LOOPBACK)
    const { token_type: type } = await processClientCredentialsResponse(as, client, answer)
    assert.equal(type, 'bearer')
  })
})
