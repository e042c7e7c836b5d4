/** An OpenID provider signs people in: with PKCE, state and nonce, each of one place. */
import { randomBytes } from 'node:crypto'
import { UnavailableError } from 'countersign'
import * as client from 'openid-client'
import type { Place } from '../place.ts'
import type { ResolvedProvider } from './options.ts'
import type { Outsider } from './people.ts'

/** What is kept at a place while the person is at the provider. */
export interface Errand {
  readonly provider: string
  readonly verifier: string
  readonly nonce: string
  readonly state: string
}

/** A person, and how it was proven. */
export interface Vouched extends Outsider {
  readonly at: number
  readonly amr: readonly string[]
  readonly acr: string | undefined
}

/** Longer, and the person has gone. */
const TIMEOUT_SECONDS = 5

/** Where the provider sends the browser back to: registered there. */
export const callbackOf = ({ issuer }: { readonly issuer: string }): string =>
  `${issuer}/oauth/provider/callback`

/** A new errand. Its state begins with the place, so that the way back finds it. */
export const newErrand = (place: Place, provider: string): Errand => ({
  provider,
  verifier: client.randomPKCECodeVerifier(),
  nonce: randomBytes(32).toString('base64url'),
  state: `${place.text}.${randomBytes(16).toString('base64url')}`,
})

/** The place that a state begins with. @param state - Attacker-controlled. */
export const placeOfState = (state: string | undefined): string | undefined =>
  state?.slice(0, Math.max(state.indexOf('.'), 0))

/** Providers that answered, by what they were asked as: metadata is fetched once a process. */
const known = new WeakMap<ResolvedProvider, Promise<client.Configuration>>()

/** @throws UnavailableError where the provider cannot be asked. */
async function configOf(provider: ResolvedProvider): Promise<client.Configuration> {
  const made = known.get(provider) ?? discover(provider)
  known.set(provider, made)
  try {
    return await made
  } catch {
    known.delete(provider)
    throw new UnavailableError('sign-in provider', `${provider.id} cannot be reached`)
  }
}

async function discover(provider: ResolvedProvider): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret, fetch: given } = provider
  const insecure = issuer.startsWith('http:')
  return client.discovery(
    new URL(issuer),
    clientId,
    undefined,
    client.ClientSecretBasic(clientSecret.reveal()),
    {
      timeout: TIMEOUT_SECONDS,
      ...(given === undefined ? {} : { [client.customFetch]: fetchBy(given) }),
      // Checked at the start: loopback only.
      ...(insecure ? { execute: [client.allowInsecureRequests] } : {}),
    },
  )
}

/** Whatever has a body here is a form. */
const fetchBy =
  (given: NonNullable<ResolvedProvider['fetch']>): client.CustomFetch =>
  (url, { body, signal, ...rest }) =>
    given(url, {
      ...rest,
      body: body instanceof URLSearchParams ? body : null,
      signal: signal ?? null,
    })

/** The URL at the provider. `maxAge`: seconds since the person proved itself there, at most. */
export async function urlAtProvider(
  provider: ResolvedProvider,
  errand: Errand,
  { callback, maxAge }: { readonly callback: string; readonly maxAge: number | undefined },
): Promise<string> {
  const config = await configOf(provider)
  const fresh = maxAge === undefined ? {} : { max_age: String(maxAge) }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: provider.scope,
    state: errand.state,
    nonce: errand.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(errand.verifier),
    code_challenge_method: 'S256',
    ...fresh,
    ...(maxAge === 0 ? { prompt: 'login' } : {}),
  })
  return url.href
}

/**
 * Who came back. Checks, by openid-client: `iss` of the response, state, the code with its verifier,
 * the ID token with issuer, audience, signature, times and nonce, and `auth_time` where `maxAge` was
 * asked. Undefined for anything else: the person refused, or the answer is not good.
 *
 * @param callback - The URL that the browser came with. Attacker-controlled.
 */
export async function whoCameBack(
  provider: ResolvedProvider,
  errand: Errand,
  { callback, maxAge }: { readonly callback: URL; readonly maxAge: number | undefined },
): Promise<Vouched | undefined> {
  const config = await configOf(provider)
  try {
    const tokens = await client.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: errand.verifier,
      expectedState: errand.state,
      expectedNonce: errand.nonce,
      idTokenExpected: true,
      ...(maxAge === undefined ? {} : { maxAge }),
    })
    const claims = tokens.claims()
    return claims === undefined ? undefined : vouched(claims)
  } catch {
    return undefined
  }
}

function vouched(claims: client.IDToken): Vouched {
  const { iss, sub, iat, auth_time: authTime, amr, acr } = claims
  return {
    issuer: iss,
    subject: sub,
    claims,
    at: typeof authTime === 'number' ? authTime : iat,
    amr: Array.isArray(amr) ? amr.map(String).slice(0, 10) : [],
    acr: typeof acr === 'string' ? acr : undefined,
  }
}
