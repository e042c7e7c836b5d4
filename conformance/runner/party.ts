/** A client that speaks HTTP to the server under test, and can be told to do one thing wrong. */
import { createHash, randomBytes } from 'node:crypto'
import type { Metadata } from './discovery.ts'
import { needs } from './outcome.ts'
import { clientAssertion, dpopProof, newKey, type Difference, type Maker } from './proofs.ts'
import type { JWK } from 'jose'
import type { ClientDescription, Parameters, Target } from './target.ts'

/** An answer. */
export interface Wire {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** How a request of a client differs from a good one. */
export interface Tweak {
  /** Parameters; one that is undefined is left out. */
  readonly form?: Parameters
  readonly assertion?: Difference | 'absent'
  readonly proof?: Difference | 'absent'
  /** Appended to the body as it is. */
  readonly more?: string
}

/** An authorization request, and the verifier of its challenge. */
export interface Asked {
  readonly parameters: Parameters
  readonly verifier: string
}

/** A client. */
export interface Party {
  readonly description: ClientDescription
  readonly key: JWK
  /** For what it signs; fails a module where it has no key. */
  maker(): Maker
  /** A good authorization request with differences. */
  ask(different?: Parameters): Asked
  /** Posts a form, authenticated. Answers a nonce that the server asks for once. */
  post(url: string, form: Parameters, tweak?: Tweak): Promise<Wire>
  /** Pushes a request (RFC 9126). */
  push(asked: Asked, tweak?: Tweak): Promise<Wire>
  redeem(code: string, asked: Asked, tweak?: Tweak): Promise<Wire>
  refresh(token: string, tweak?: Tweak): Promise<Wire>
}

const text = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url')

/** Makes a client with a DPoP key of its own. */
export async function makeParty(
  description: ClientDescription,
  server: Metadata,
  target: Target,
): Promise<Party> {
  const key = await newKey()
  const { client_id: clientId } = description
  const maker = (): Maker => {
    const { jwk } = description
    needs(jwk !== undefined, 'the client has no key')
    return { clientId, issuer: server.issuer, key: jwk, now: target.now() }
  }
  const sender: Sender = { description, key, maker, now: () => target.now(), nonce: undefined }
  const post: Party['post'] = (url, form, tweak = {}) => send(sender, { url, form, tweak })
  const tokenRequest = (form: Parameters, tweak: Tweak = {}): Promise<Wire> => {
    const bound = description.dpop === true && tweak.proof === undefined ? { proof: {} } : {}
    return post(server.token_endpoint, form, { ...tweak, ...bound })
  }
  return {
    description,
    key,
    maker,
    post,
    ask: (different = {}) => ask(description, different),
    push: (asked, tweak) => {
      const { pushed_authorization_request_endpoint: url } = server
      needs(url !== undefined, 'the server takes no pushed requests')
      return post(url, asked.parameters, tweak)
    },
    redeem: (code, { parameters, verifier }, tweak) => {
      const { redirect_uri: uri, resource } = parameters
      const form = { code, code_verifier: verifier, redirect_uri: uri, resource }
      return tokenRequest({ grant_type: 'authorization_code', ...form }, tweak)
    },
    refresh: (token, tweak) =>
      tokenRequest({ grant_type: 'refresh_token', refresh_token: token }, tweak),
  }
}

function ask(
  { client_id: id, redirect_uri: uri, scope, resource }: ClientDescription,
  different: Parameters,
): Asked {
  const verifier = text(32)
  const parameters = {
    response_type: 'code',
    client_id: id,
    redirect_uri: uri,
    scope,
    resource,
    state: text(12),
    ...(scope.split(' ').includes('openid') ? { nonce: text(12) } : {}),
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...different,
  }
  return { parameters, verifier }
}

interface Sender {
  readonly description: ClientDescription
  readonly key: JWK
  readonly maker: () => Maker
  readonly now: () => number
  nonce: string | undefined
}

interface Sending {
  readonly url: string
  readonly form: Parameters
  readonly tweak: Tweak
}

async function send(sender: Sender, sending: Sending): Promise<Wire> {
  const first = await sendOnce(sender, sending)
  sender.nonce = first.headers.get('dpop-nonce') ?? sender.nonce
  return first.body['error'] === 'use_dpop_nonce' ? sendOnce(sender, sending) : first
}

async function sendOnce(sender: Sender, { url, form, tweak }: Sending): Promise<Wire> {
  const { fields, headers } = await authenticate(sender, tweak)
  const { proof = 'absent', more = '' } = tweak
  if (proof !== 'absent') {
    const use = { method: 'POST', url, now: sender.now(), nonce: sender.nonce }
    headers.set('dpop', await dpopProof(sender.key, use, proof))
  }
  headers.set('content-type', 'application/x-www-form-urlencoded')
  const body = encode({ ...form, ...fields, ...tweak.form }) + more
  return readWire(await fetch(url, { method: 'POST', body, headers, redirect: 'manual' }))
}

/** What RFC 6749 §2.3 and RFC 7523 §2.2 add to a request. */
async function authenticate({ description, maker }: Sender, { assertion = {} }: Tweak) {
  const { client_id: id, client_secret: secret = '', token_endpoint_auth_method: how } = description
  const headers = new Headers()
  if (how === 'client_secret_basic') {
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
    return { fields: {}, headers }
  }
  if (how === 'client_secret_post') {
    return { fields: { client_id: id, client_secret: secret }, headers }
  }
  if (how === 'none' || assertion === 'absent') return { fields: { client_id: id }, headers }
  const fields = {
    client_id: id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await clientAssertion(maker(), assertion),
  }
  return { fields, headers }
}

/** A form or a query; what is undefined is left out. */
export function encode(form: Parameters): string {
  const all = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) if (value !== undefined) all.set(name, value)
  return all.toString()
}

/** Reads an answer; one that is no JSON object has an empty body. */
export async function readWire(response: Response): Promise<Wire> {
  const { status, headers } = response
  const body: unknown = await response.json().catch(() => undefined)
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  // A JSON object, whose members are read by name.
  return { status, headers, body: isObject ? (body as Wire['body']) : {} }
}
