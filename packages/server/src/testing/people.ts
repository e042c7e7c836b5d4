/** People in front of a browser, for tests: somebody with a password, and the ways through the pages. */
import { Secret } from 'countersign'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { createUser } from '../credentials/users.ts'
import { addClient, basicAuth, postForm, type TestAuthority, type TestClient } from './authority.ts'
import { openBrowser, type Shown, type TestBrowser } from './browser.ts'
import { pkce, type Pkce } from './grants.ts'
import type { ClientSettings } from '../model/client-settings.ts'

/** Somebody with a user name and a password. */
export interface TestPerson {
  readonly id: string
  readonly username: string
  readonly password: string
}

/** Makes a user with a password. */
export async function addUser(
  { authority }: Pick<TestAuthority, 'authority'>,
  username: string,
  { tenant = 'default', scopes = ['orders:*'] as readonly string[] } = {},
): Promise<TestPerson> {
  const password = `correct horse ${username}`
  const input = { tenant, name: username, username, scopes, password: new Secret(password) }
  const made = await createUser(authority.context, input, SYSTEM_ACTOR)
  if (!made.ok) throw new Error(made.error.message)
  return { id: made.value.user.id, username, password }
}

/** Where the clients of these tests take their answers. */
export const CALLBACK = 'https://app.example.com/cb'

/** Registers a client for the code flow. */
export const addWebClient = (
  at: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
  place: { tenant?: string; scopes?: string[] } = {},
): Promise<TestClient> =>
  addClient(
    at,
    {
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [CALLBACK],
      accessTokenFormat: 'opaque',
      ...settings,
    },
    { scopes: ['orders:*'], ...place },
  )

/** A browser of an authority in this process. */
export const browserOf = (
  { authority }: Pick<TestAuthority, 'authority'>,
  headers: Readonly<Record<string, string>> = {},
): TestBrowser =>
  openBrowser(
    (request) => authority.fetch(request, { remoteAddress: '192.0.2.7' }),
    'https://auth.example.com',
    headers,
  )

/** What a client asks for. */
export interface Asking {
  readonly client: Pick<TestClient, 'id'>
  /** Further parameters; null takes a usual one away. */
  readonly parameters?: Readonly<Record<string, string | null>>
  readonly pkce?: Pkce
  readonly base?: string
}

/** The URL that a client sends a browser to. */
export function authorizeUrl({ client, parameters = {}, base = '', ...asking }: Asking): string {
  const usual: Readonly<Record<string, string | null>> = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: CALLBACK,
    scope: 'orders:read',
    state: 'state-1',
    code_challenge: (asking.pkce ?? pkce()).challenge,
    code_challenge_method: 'S256',
    ...parameters,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(usual)) if (value !== null) query.set(name, value)
  return `${base}/oauth/authorize?${query.toString()}`
}

/** Fills the sign-in page in. */
export const signIn = (
  browser: TestBrowser,
  page: Shown,
  { username, password }: Pick<TestPerson, 'username' | 'password'>,
): Promise<Shown> => browser.submit(page, { fields: { username, password } })

/** The parameters that the browser brought the client. */
export const answerOf = ({ url }: Pick<Shown, 'url'>): Readonly<Record<string, string>> =>
  Object.fromEntries(url.searchParams)

/** Redeems a code. */
export async function redeem(
  at: Pick<TestAuthority, 'authority'>,
  client: TestClient,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  }
  const response = await postForm(at, '/oauth/token', form, { authorization: basicAuth(client) })
  // The token endpoint answers with members that the tests then check.
  const body = (await response.json()) as Readonly<Record<string, string>>
  return { status: response.status, body }
}
