/** An authority that listens on loopback, and what strict clients need to talk to it. */
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  ClientSecretPost,
  discoveryRequest,
  processClientCredentialsResponse,
  processDiscoveryResponse,
  type AuthorizationServer,
  type Client,
  type ClientAuth,
} from 'oauth4webapi'
import { serve } from '../packages/server/src/http/serve.ts'
import type { ListenerTls } from '../packages/server/src/http/tls/listener.ts'
import type { AuthorityOptions } from '../packages/server/src/authority-options.ts'
import type { ClientSettings } from '../packages/server/src/model/client-settings.ts'
import {
  addClient,
  openAuthority,
  serveLocally,
  type TestAuthority,
} from '../packages/server/src/testing/authority.ts'

export { addApiKey, addTenant } from '../packages/server/src/testing/authority.ts'

/** Lets the strict clients speak plain HTTP, to loopback only. */
// oxlint-disable-next-line typescript/no-deprecated -- struck through on purpose; this is loopback
export const LOOPBACK = { [allowInsecureRequests]: true } as const

/** The API that test tokens are for. */
export const API = 'https://api.example.com'

/** A served authority. */
export interface Served extends TestAuthority {
  readonly url: string
}

/** Starts an authority whose issuer is where it listens. */
export async function startAuthority(
  unsafe: NonNullable<AuthorityOptions['unsafe']> = {},
  { secure, ...options }: Partial<AuthorityOptions> & { readonly secure?: ListenerTls } = {},
): Promise<Served> {
  const [url, secureUrl] = [await freeUrl(), await freeUrl()]
  // Certificates are for names, not for addresses.
  const mtlsUrl = `https://localhost:${new URL(secureUrl).port}`
  const clientCertificates = { ...options.clientCertificates, url: mtlsUrl }
  const given = secure === undefined ? options : { ...options, clientCertificates }
  const at = await openAuthority({ issuer: url, clock: Date.now, unsafe, ...given })
  const server = await serve(at.authority, {
    port: Number(new URL(url).port),
    drainSeconds: 1,
    ...(secure === undefined
      ? {}
      : { secure: { port: Number(new URL(mtlsUrl).port), tls: secure } }),
  })
  return {
    ...at,
    url,
    close: async () => {
      await server.close()
      await at.store.close()
    },
  }
}

/** Where a listener was just now: the issuer has to be known before the authority is made. */
async function freeUrl(): Promise<string> {
  const probe = await openAuthority()
  const listening = await serveLocally(probe.authority)
  await listening.close()
  await probe.store.close()
  return listening.url
}

/** Discovers an authority as RFC 8414 says. */
export async function discover(issuer: string): Promise<AuthorizationServer> {
  const url = new URL(issuer)
  const response = await discoveryRequest(url, { algorithm: 'oauth2', ...LOOPBACK })
  return processDiscoveryResponse(url, response)
}

/** A client as oauth4webapi knows it, and its way to authenticate. */
export interface StrictClient {
  readonly client: Client
  readonly auth: ClientAuth
  readonly secret: string
}

/** Registers a client and makes the strict view of it. */
export async function registerClient(
  at: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
  options: { tenant?: string; scopes?: string[] } = {},
): Promise<StrictClient> {
  const { id, secret } = await addClient(at, settings, options)
  const posts = settings.tokenEndpointAuthMethod === 'client_secret_post'
  const auth = posts ? ClientSecretPost(secret) : ClientSecretBasic(secret)
  return { client: { client_id: id }, auth, secret }
}

/** Posts a form as no strict client would. */
export const post = (
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

/** The JSON object of a response. */
export const jsonOf = async (response: Response): Promise<Readonly<Record<string, unknown>>> =>
  // A test fails on what is missing from it.
  (await response.json()) as Readonly<Record<string, unknown>>

/** An access token by client credentials. */
export async function tokenOf(
  as: AuthorizationServer,
  { client, auth }: StrictClient,
  parameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  const response = await clientCredentialsGrantRequest(as, client, auth, parameters, LOOPBACK)
  return (await processClientCredentialsResponse(as, client, response)).access_token
}
