/** Who exchanges tokens, for tests: an application, its person, and a service behind it. */
import assert from 'node:assert/strict'
import { TOKEN_TYPES } from '../grants/exchange/token-types.ts'
import { TOKEN_EXCHANGE_GRANT } from '../grants/token-exchange.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import { addClient, type TestAuthority, type TestClient } from './authority.ts'
import { ask, type Answered } from './devices.ts'
import { addPerson, giveCode, type Given } from './grants.ts'

type Form = Readonly<Record<string, string>>

/** Where the exchanged tokens go. */
export const BACKEND = 'https://backend.example.com'

/** Registers a service that may exchange tokens. */
export const addExchanger = (
  at: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
  scopes = ['orders:*'],
): Promise<TestClient> =>
  addClient(
    at,
    {
      grantTypes: [TOKEN_EXCHANGE_GRANT, 'client_credentials'],
      audiences: [BACKEND, 'https://api.example.com', 'https://other.example.com'],
      tokenExchange: { subjects: ['*'], mode: 'delegation' },
      ...settings,
    },
    { scopes },
  )

/** A token of a person, by the code flow. */
export interface PersonToken {
  readonly token: string
  readonly refreshToken: string
  readonly grantId: string
  readonly personId: string
}

/** Has a person give an application a token. */
export async function personToken(
  at: TestAuthority,
  app: TestClient,
  { headers = {}, ...given }: Partial<Given> & { readonly headers?: Form } = {},
): Promise<PersonToken> {
  const person = given.person ?? (await addPerson(at))
  const { code, verifier, grant } = await giveCode(at, app, { ...given, person })
  const form = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: 'https://app.example.com/cb',
  }
  const { status, body } = await ask(at, app, { path: '/oauth/token', form, headers })
  assert.equal(status, 200)
  return {
    token: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
    grantId: grant.id,
    personId: person,
  }
}

/** Exchanges a token; `form` adds to a request that is good. */
export const exchange = (
  at: Pick<TestAuthority, 'authority'>,
  client: TestClient,
  { token, form = {}, headers = {} }: { token: string; form?: Form; headers?: Form },
): Promise<Answered> =>
  ask(at, client, {
    path: '/oauth/token',
    form: {
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: token,
      subject_token_type: TOKEN_TYPES.accessToken,
      ...form,
    },
    headers,
  })
