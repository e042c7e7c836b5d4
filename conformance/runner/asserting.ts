/** What modules of one family assert alike. */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose'
import { listOf } from './discovery.ts'
import {
  assertAskedInVain,
  assertRefused,
  assertTokens,
  authorize,
  startAt,
  type Authorized,
} from './flow.ts'
import type { Scene } from './module.ts'
import { needs } from './outcome.ts'
import { makeParty, readWire, type Party, type Wire } from './party.ts'
import { requestObject, type Difference } from './proofs.ts'
import type { ClientDescription, Parameters, Person } from './target.ts'

const CLIENT_ERRORS = ['invalid_client', 'invalid_request', 'invalid_client_assertion'] as const

/** Asserts that a client with a differing assertion is nobody, and that the good one is somebody. */
export async function refusesAssertion(
  { client }: Scene,
  difference: Difference | 'absent',
): Promise<void> {
  const { token_endpoint_auth_method: method } = client.description
  needs(method === 'private_key_jwt', 'the client does not use private_key_jwt')
  assert.equal((await client.push(client.ask())).status, 201, 'a good assertion is taken')
  assertRefused(await client.push(client.ask(), { assertion: difference }), CLIENT_ERRORS)
}

const OBJECT_ERRORS = ['invalid_request_object', 'invalid_request', 'invalid_redirect_uri'] as const

/** Asserts that a differing request object is refused. */
export async function refusesRequestObject(
  scene: Scene,
  { difference, parameters = {} }: { difference?: Difference; parameters?: Parameters },
): Promise<void> {
  needs(
    listOf(scene.server, 'request_object_signing_alg_values_supported').length > 0,
    'the server takes no signed request objects',
  )
  const { client } = scene
  const asked = client.ask(parameters)
  const request = await requestObject(client.maker(), asked.parameters, difference)
  const signed = { client_id: client.description.client_id, request }
  await assertAskedInVain(scene, { ...asked, parameters: signed }, { allowed: OBJECT_ERRORS })
}

/** Asserts that a request with differences comes to a code, and to tokens. */
export async function acceptsRequest(
  scene: Scene,
  different: Parameters,
): Promise<{
  readonly authorized: Authorized
  readonly tokens: Readonly<Record<string, unknown>>
}> {
  const authorized = await authorize(scene, different)
  const { asked, code } = authorized
  const tokens = assertTokens(await scene.client.redeem(code, asked), scene.client)
  return { authorized, tokens }
}

/** Verifies an ID token with the keys of the server (OpenID Connect Core §3.1.3.7). */
export async function readIdToken(
  { server, client, target }: Scene,
  tokens: Readonly<Record<string, unknown>>,
): Promise<JWTPayload> {
  const { id_token: text } = tokens
  assert.ok(typeof text === 'string', 'there is no id_token')
  const keys = createRemoteJWKSet(new URL(server.jwks_uri))
  const { payload } = await jwtVerify(text, keys, {
    issuer: server.issuer,
    audience: client.description.client_id,
    currentDate: new Date(target.now() * 1000),
    requiredClaims: ['sub', 'exp', 'iat'],
  })
  return payload
}

/** Asks userinfo with an access token (OpenID Connect Core §5.3.1). */
export async function userinfo(
  { server }: Scene,
  token: unknown,
  { method = 'GET' }: { readonly method?: 'GET' | 'POST' } = {},
): Promise<Wire['body']> {
  const { userinfo_endpoint: url } = server
  needs(url !== undefined, 'the server has no userinfo')
  const headers = { authorization: `Bearer ${String(token)}` }
  const { status, body } = await readWire(await fetch(url, { method, headers }))
  assert.equal(status, 200, `userinfo answered ${status}`)
  return body
}

/** The tokens of a request that somebody with a browser of their own agrees to. */
export async function tokenOf(
  scene: Scene,
  person: Person,
  different: Parameters = {},
): Promise<Readonly<Record<string, unknown>>> {
  const asked = scene.client.ask(different)
  const told = await person.approve(await startAt(scene, asked))
  const code = told.get('code')
  assert.ok(code !== null, `no code, but ${told.toString()}`)
  return assertTokens(await scene.client.redeem(code, asked), scene.client)
}

/** Registers a client of the code flow with differences (RFC 7591 §3.1). */
export async function register(
  { server, client, target }: Scene,
  different: Readonly<Record<string, unknown>>,
): Promise<Wire> {
  const { registration_endpoint: url } = server
  needs(url !== undefined, 'nobody registers here')
  const body = JSON.stringify({
    client_name: 'conformance',
    redirect_uris: [client.description.redirect_uri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    ...different,
  })
  const token = target.registrationToken
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return readWire(await fetch(url, { method: 'POST', body, headers }))
}

/** A client that has registered itself with one redirect URI. */
export async function registered(scene: Scene, redirectUri: string): Promise<Party> {
  const { status, body } = await register(scene, { redirect_uris: [redirectUri] })
  assert.equal(status, 201, JSON.stringify(body))
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = body
  const { scope } = scene.client.description
  // Which one, the answer says; the runner authenticates by these (RFC 7591 §3.2.1).
  const how = (method ?? 'client_secret_basic') as ClientDescription['token_endpoint_auth_method']
  const description: ClientDescription = {
    client_id: String(id),
    token_endpoint_auth_method: how,
    ...(typeof secret === 'string' ? { client_secret: secret } : {}),
    redirect_uri: redirectUri,
    scope,
  }
  return makeParty(description, scene.server, scene.target)
}
