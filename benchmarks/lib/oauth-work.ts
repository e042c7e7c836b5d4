/** What clients ask of an authorization server, each ready to be timed. */
import type { OAuthServer } from './oauth-server.ts'
import { CONNECTIONS } from './oauth-server.ts'

/** Does one request; the worker's number tells those apart that ask at once. */
export type Ask = (worker: number) => Promise<unknown>

/** One kind of request. `prepare` is not timed, and is told how many will be asked. */
export interface Work {
  readonly title: string
  readonly count: number
  prepare(server: OAuthServer, count: number): Promise<Ask>
}

const SCOPED = 'grant_type=client_credentials&scope=orders%3Aread'

/** The token request that redeems a code. */
export const redeemForm = (
  { facts }: OAuthServer,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): string =>
  new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: facts.redirectUri,
  }).toString()

/** The token request that refreshes. */
export const refreshForm = (token: string): string =>
  `grant_type=refresh_token&refresh_token=${encodeURIComponent(token)}`

/** Redeems a new code and answers its refresh token. */
export async function newFamily(server: OAuthServer): Promise<string> {
  const [given] = await server.codes(1)
  if (given === undefined) throw new Error(`${server.name}: no code`)
  return refreshOf(await server.token('app', redeemForm(server, given)))
}

/** The refresh token of an answer. */
export function refreshOf({ refresh_token: token }: { readonly refresh_token?: string }): string {
  if (token === undefined) throw new Error('no refresh token in the answer')
  return token
}

export const CLIENT_CREDENTIALS_JWT: Work = {
  title: 'Client credentials → ES256 JWT',
  count: 2000,
  prepare: async (server) => () => server.token('jwt', SCOPED + (server.facts.jwtForm ?? '')),
}

export const CLIENT_CREDENTIALS_OPAQUE: Work = {
  title: 'Client credentials → opaque token',
  count: 1000,
  prepare: async (server) => () => server.token('opaque', SCOPED),
}

export const INTROSPECTION: Work = {
  title: 'Introspection of an opaque token, the same each time',
  count: 2000,
  async prepare(server) {
    const { introspectionPath: path, opaque } = server.facts
    const { access_token: token } = await server.token('opaque', SCOPED)
    const form = `token=${encodeURIComponent(token)}`
    return async () => {
      const { body } = await server.post(path, opaque, form)
      if (!body.includes('"active":true')) throw new Error(`${server.name}: ${body}`)
    }
  },
}

export const CODE_EXCHANGE: Work = {
  title: 'Authorization code + PKCE → opaque token and refresh token',
  count: 600,
  async prepare(server, count) {
    const forms = (await server.codes(count)).map((code) => redeemForm(server, code))
    return () => server.token('app', forms.pop() ?? '')
  },
}

export const REFRESH: Work = {
  title: 'Refresh with rotation → opaque token and refresh token',
  count: 600,
  async prepare(server) {
    const tokens: string[] = []
    for (let worker = 0; worker < CONNECTIONS; worker += 1) tokens.push(await newFamily(server))
    return async (worker) => {
      tokens[worker] = refreshOf(await server.token('app', refreshForm(tokens[worker] ?? '')))
    }
  },
}
