/** RFC 9449: tokens that are bound to a key, asked for and used by a client we did not write. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, test } from 'node:test'
import { dpopProof, importSigningKey } from 'countersign/dpop/sign'
import { protect } from 'countersign/node'
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  DPoP,
  generateKeyPair,
  introspectionRequest,
  processClientCredentialsResponse,
  processIntrospectionResponse,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
  type AuthorizationServer,
  type DPoPHandle,
} from 'oauth4webapi'
import {
  API,
  discover,
  LOOPBACK,
  registerClient,
  startAuthority,
  type Served,
  type StrictClient,
} from './support.ts'

let at: Served
let as: AuthorizationServer
let api: Server
let orders: URL
before(async () => {
  // A new database is fenced for some seconds, which other tests are about.
  at = await startAuthority({ noReplayFence: true })
  as = await discover(at.url)
  const desk = at.authority.desk({ audience: API }).guard()
  api = createServer(
    protect(
      desk,
      { scopes: ['orders:read'], senderConstrained: true },
      (_request, response, caller) => {
        response.end(caller.id)
      },
    ),
  )
  await once(api.listen(0, '127.0.0.1'), 'listening')
  const address = api.address()
  assert(typeof address === 'object' && address !== null)
  orders = new URL(`http://127.0.0.1:${address.port}/orders?page=1`)
})
after(async () => {
  api.closeAllConnections()
  api.close()
  await at.close()
})

const mintJwk = async (): Promise<Record<string, unknown>> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await crypto.subtle.exportKey('jwk', privateKey)), key_ops: ['sign'] }
}

const newKey = async ({ client }: StrictClient): Promise<DPoPHandle> =>
  DPoP(client, await generateKeyPair('ES256'))

async function boundToken(strict: StrictClient, key: DPoPHandle) {
  const { client, auth } = strict
  const options = { ...LOOPBACK, DPoP: key }
  const answer = await clientCredentialsGrantRequest(as, client, auth, {}, options)
  return processClientCredentialsResponse(as, client, answer)
}

const call = (token: string, key?: DPoPHandle): Promise<Response> =>
  protectedResourceRequest(token, 'GET', orders, new Headers(), null, {
    [allowInsecureRequests]: true,
    ...(key === undefined ? {} : { DPoP: key }),
  })

const isChallenge = (error: unknown): boolean => error instanceof WWWAuthenticateChallengeError

for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
  test(`SR-038: a ${accessTokenFormat} token works with the key that asked for it, and with nothing else`, async () => {
    const strict = await registerClient(at, { accessTokenFormat })
    const key = await newKey(strict)
    const { access_token: token, token_type: type } = await boundToken(strict, key)
    assert.equal(type, 'dpop')
    const answer = await call(token, key)
    assert.equal(await answer.text(), strict.client.client_id)
    // Stolen: with another key, and as a bearer token.
    await assert.rejects(call(token, await newKey(strict)), isChallenge)
    await assert.rejects(call(token), isChallenge)
  })
  test(`introspection of a bound ${accessTokenFormat} token tells the key`, async () => {
    const strict = await registerClient(at, { accessTokenFormat })
    const key = await newKey(strict)
    const { access_token: token } = await boundToken(strict, key)
    const answer = await introspectionRequest(as, strict.client, strict.auth, token, LOOPBACK)
    const told = await processIntrospectionResponse(as, strict.client, answer)
    assert.equal(told.token_type, 'DPoP')
    assert.equal(told.cnf?.jkt, await key.calculateThumbprint())
  })
}

test('a route that asks for a sender constraint refuses a bearer token of the same client', async () => {
  const strict = await registerClient(at, {})
  const answer = await clientCredentialsGrantRequest(as, strict.client, strict.auth, {}, LOOPBACK)
  const { access_token: token } = await processClientCredentialsResponse(as, strict.client, answer)
  const refused = await call(token).catch((error: unknown) => error)
  const { status } = refused instanceof Response ? refused : Object(refused)
  assert.equal(status, 403)
})

test('discovery names the algorithms that proofs may be signed with', () => {
  assert.deepEqual(as.dpop_signing_alg_values_supported, ['ES256', 'Ed25519', 'EdDSA'])
})

test('SR-106: the token endpoint takes a proof once, and no broken one at all', async () => {
  const { client, auth } = await registerClient(at, {})
  const send = async (value: string) => {
    const options = { ...LOOPBACK, headers: new Headers({ dpop: value }) }
    const answer = await clientCredentialsGrantRequest(as, client, auth, {}, options)
    return { status: answer.status, body: await answer.json() }
  }
  const key = await importSigningKey({ jwk: await mintJwk() })
  const now = Math.floor(Date.now() / 1000)
  const proof = await dpopProof({ key, method: 'POST', url: `${at.url}/oauth/token`, now })
  assert.equal((await send(proof)).status, 200)
  for (const bad of [proof, `${proof}x`, 'e30.e30.e30', '']) {
    const { status, body } = await send(bad)
    assert.equal(status, 400, bad)
    assert.equal(body.error, 'invalid_dpop_proof')
  }
})
