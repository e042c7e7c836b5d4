/** Our authority as a server under test: clients, a person, an API; time passes when told. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Secret } from 'countersign'
import { protect } from 'countersign/node'
import type { AuthorityOptions } from '../../packages/server/src/authority-options.ts'
import { SYSTEM_ACTOR } from '../../packages/server/src/credentials/actor.ts'
import { createUser } from '../../packages/server/src/credentials/users.ts'
import { serve } from '../../packages/server/src/http/serve.ts'
import type { ClientSettings } from '../../packages/server/src/model/client-settings.ts'
import {
  addClient,
  openAuthority,
  serveLocally,
} from '../../packages/server/src/testing/authority.ts'
import { formPerson, type Login } from '../runner/person.ts'
import { publicOf } from '../runner/proofs.ts'
import type { ClientDescription, Target } from '../runner/target.ts'

/** The redirect URI of every client. Nobody listens there: the browser of the tests stops before. */
export const REDIRECT = 'https://app.example.com/cb'
const API = 'https://api.example.com'
/** The person of the tests. */
export const LOGIN: Login = { username: 'alice', password: 'correct horse battery' }

/** An authority that is served. */
export type OurAuthority = Awaited<ReturnType<typeof openAuthority>> & {
  readonly url: string
  now(): number
  pass(seconds: number): void
}

/** Serves an authority whose clock can be put forward, with a person who can sign in. */
export async function serveOurs(options: Partial<AuthorityOptions> = {}): Promise<OurAuthority> {
  const probe = await openAuthority()
  const listening = await serveLocally(probe.authority)
  const { url } = listening
  await listening.close()
  await probe.close()
  let ahead = 0
  const clock = (): number => Date.now() + ahead * 1000
  // A new database is fenced for some seconds, which other tests are about.
  const unsafe = { noReplayFence: true }
  const at = await openAuthority({ issuer: url, clock, unsafe, ...options })
  const server = await serve(at.authority, { port: Number(new URL(url).port), drainSeconds: 1 })
  await addAlice(at)
  return {
    ...at,
    url,
    now: () => Math.floor(clock() / 1000),
    pass: (seconds) => {
      ahead += seconds
    },
    close: async () => {
      await server.close()
      await at.store.close()
    },
  }
}

async function addAlice({ authority }: Pick<OurAuthority, 'authority'>): Promise<void> {
  const scopes = ['orders:*', 'profile']
  const password = new Secret(LOGIN.password)
  const input = { tenant: 'default', name: 'Alice', username: LOGIN.username, scopes, password }
  const made = await createUser(authority.context, input, SYSTEM_ACTOR)
  if (!made.ok) throw new Error(made.error.message)
}

async function keyPair(alg: 'ES256' | 'PS256', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid }
}

/** What a client of a test is, beside what all of them are. */
export interface Wanted {
  readonly settings?: Partial<ClientSettings>
  readonly scope: string
  readonly scopes?: readonly string[]
  readonly dpop?: boolean
}

/** Registers a client, and describes it as somebody would who was given the registration. */
export async function describeClient(
  at: Pick<OurAuthority, 'authority'>,
  { settings = {}, scope, scopes = ['orders:*', 'profile'], dpop = false }: Wanted,
): Promise<ClientDescription> {
  const method = settings.tokenEndpointAuthMethod ?? 'private_key_jwt'
  const jwk = await keyPair('ES256', 'ec')
  const rsa = await keyPair('PS256', 'rsa')
  const keys = [
    { ...publicOf(jwk), kid: 'ec' },
    { ...publicOf(rsa), kid: 'rsa' },
  ]
  const all: Partial<ClientSettings> = {
    tokenEndpointAuthMethod: method,
    grantTypes: ['authorization_code', 'refresh_token'],
    audiences: [API],
    redirectUris: [REDIRECT],
    jwks: { keys },
    dpopBoundAccessTokens: dpop,
    ...settings,
  }
  const { id, secret } = await addClient(at, all, { scopes: [...scopes] })
  if (method === 'tls_client_auth' || method === 'self_signed_tls_client_auth') {
    throw new Error('the runner has no client certificates')
  }
  return {
    client_id: id,
    token_endpoint_auth_method: method,
    client_secret: secret,
    jwk,
    rsa_jwk: rsa,
    redirect_uri: REDIRECT,
    scope,
    dpop,
  }
}

/** Our authority, as it is described to the runner. */
export async function ourTarget(at: OurAuthority, wanted: Wanted): Promise<Target> {
  return {
    issuer: at.url,
    client: await describeClient(at, wanted),
    other: await describeClient(at, wanted),
    newPerson: () => formPerson(at.url, LOGIN),
    now: () => at.now(),
    wait: async (seconds) => at.pass(seconds),
  }
}

/** An API behind a desk of the authority: the protected resource. */
export async function serveApi(at: OurAuthority): Promise<{ readonly url: string; close(): void }> {
  const guard = at.authority.desk({ audience: API }).guard()
  const requirement = { scopes: ['orders:read'] }
  const server = createServer(
    protect(guard, requirement, (_request, response, caller) => {
      response.end(caller.id)
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    url: `http://127.0.0.1:${address.port}/orders`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Signs Alice in at the URL that a client was sent to; answers where her browser is sent then. */
export async function signIn(
  { url: issuer }: OurAuthority,
  url: URL,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<URL> {
  const told = await formPerson(issuer, LOGIN)[decision](url)
  return new URL(`${REDIRECT}?${told.toString()}`)
}
