/** The steps that modules have in common. */
import assert from 'node:assert/strict'
import type { Scene } from './module.ts'
import { assertError, needs } from './outcome.ts'
import { dpopProof, type Difference } from './proofs.ts'
import { encode, makeParty, type Asked, type Party, type Tweak, type Wire } from './party.ts'
import type { Parameters } from './target.ts'

/** A request, what the client was told, and the code. */
export interface Authorized {
  readonly asked: Asked
  readonly told: URLSearchParams
  readonly code: string
}

/** Whether a plan pushes its requests. */
export const isPushed = ({ plan, server }: Scene): boolean =>
  plan === 'fapi2' || server.require_pushed_authorization_requests === true

/** The address that a browser is sent to. Pushes the request where the plan says so. */
export async function startAt(
  scene: Scene,
  asked: Asked,
  { party = scene.client, tweak }: { party?: Party; tweak?: Tweak } = {},
): Promise<URL> {
  if (!isPushed(scene)) return frontUrl(scene, asked.parameters)
  const pushed = await party.push(asked, tweak)
  assert.equal(pushed.status, 201, `the request was not taken: ${JSON.stringify(pushed.body)}`)
  return pushedUrl(scene, pushed, party)
}

/** The authorization endpoint with parameters. */
export function frontUrl({ server }: Scene, parameters: Parameters): URL {
  const url = new URL(server.authorization_endpoint)
  for (const [name, value] of new URLSearchParams(encode(parameters))) {
    url.searchParams.set(name, value)
  }
  return url
}

/** The authorization endpoint with a pushed request. */
export const pushedUrl = (scene: Scene, { body }: Wire, party: Party = scene.client): URL =>
  frontUrl(scene, {
    client_id: party.description.client_id,
    request_uri: String(body['request_uri']),
  })

/** Obtains a code from a person. Checks `state` and `iss` (SR-005) on the way. */
export async function authorize(
  scene: Scene,
  different: Parameters = {},
  { party = scene.client, tweak }: { party?: Party; tweak?: Tweak } = {},
): Promise<Authorized> {
  const asked = party.ask(different)
  const url = await startAt(scene, asked, { party, ...(tweak === undefined ? {} : { tweak }) })
  const told = await scene.target.newPerson().approve(url)
  assertTold(scene, asked, told)
  const code = told.get('code')
  assert.ok(code !== null, `no code, but ${told.toString()}`)
  return { asked, told, code }
}

/** Asserts what every authorization response has (RFC 9207 §2, RFC 6749 §4.1.2). */
export function assertTold({ server }: Scene, { parameters }: Asked, told: URLSearchParams): void {
  assert.equal(told.get('state'), parameters['state'] ?? null, 'state')
  assert.equal(told.get('iss'), server.issuer, 'iss')
}

/** Redeems a code; asserts that tokens came. */
export async function redeem(
  { asked, code }: Authorized,
  party: Party,
  tweak?: Tweak,
): Promise<Wire['body']> {
  return assertTokens(await party.redeem(code, asked, tweak), party)
}

/** Asserts that an answer has tokens, and is kept by no cache (SR-027). */
export function assertTokens({ status, headers, body }: Wire, party: Party): Wire['body'] {
  assert.equal(status, 200, JSON.stringify(body))
  assert.match(headers.get('cache-control') ?? '', /no-store/)
  assert.equal(typeof body['access_token'], 'string')
  const type = party.description.dpop === true ? 'dpop' : 'bearer'
  assert.equal(String(body['token_type']).toLowerCase(), type)
  return body
}

/** Asserts that an answer of the token endpoint is an error. */
export function assertRefused(wire: Wire, allowed: readonly string[]): void {
  assert.ok(wire.status === 400 || wire.status === 401, `status ${wire.status}`)
  assertError(wire.body['error'], allowed)
}

/** Asserts that a request is refused: where it is pushed, on a page, or with an error to the client. */
export async function assertAskedInVain(
  scene: Scene,
  asked: Asked,
  { allowed, tweak }: { allowed: readonly string[]; tweak?: Tweak },
): Promise<void> {
  if (!isPushed(scene)) return assertNowhere(scene, frontUrl(scene, asked.parameters), allowed)
  const pushed = await scene.client.push(asked, tweak)
  if (pushed.status !== 201) return assertRefused(pushed, allowed)
  return assertNowhere(scene, pushedUrl(scene, pushed), allowed)
}

/** Asserts that a browser comes to a page with an error, or back to the client with one. */
export async function assertNowhere(
  { target }: Scene,
  url: URL,
  allowed: readonly string[],
): Promise<void> {
  const { page, told } = await target.newPerson().look(url)
  assert.equal(told.get('code'), null, 'there is a code')
  if (page === undefined) return assertError(told.get('error'), allowed)
  assert.ok(page.status >= 400 && page.status < 500, `a page with status ${page.status}`)
}

/** The other client. */
export async function otherOf({ target, server }: Scene): Promise<Party> {
  needs(target.other !== undefined, 'a second client is not described')
  return makeParty(target.other, server, target)
}

/** Asks a protected resource with a token. */
export async function useToken(
  scene: Scene,
  token: unknown,
  { scheme, proof = {} }: { scheme?: string; proof?: Difference | 'absent' } = {},
): Promise<Response> {
  const { client, server, target } = scene
  const url = target.resourceUrl ?? server.userinfo_endpoint
  needs(url !== undefined, 'there is no protected resource to ask')
  const bound = client.description.dpop === true
  const headers = new Headers({
    authorization: `${scheme ?? (bound ? 'DPoP' : 'Bearer')} ${String(token)}`,
  })
  const send = async (nonce?: string): Promise<Response> => {
    if (bound && proof !== 'absent') {
      const use = { method: 'GET', url, now: target.now(), token: String(token), nonce }
      headers.set('dpop', await dpopProof(client.key, use, proof))
    }
    return fetch(url, { headers })
  }
  const first = await send()
  const nonce = first.headers.get('dpop-nonce')
  return first.status === 401 && nonce !== null ? send(nonce) : first
}
