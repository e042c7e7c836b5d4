/** The two flows of `countersign login`; the protocol is `openid-client`'s. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
  type TokenEndpointResponse,
} from 'openid-client'
import { CliError } from '../exit.ts'
import { receiveOnLoopback } from './loopback.ts'

/** What is signed in to. */
export interface LoginRequest {
  readonly issuer: URL
  readonly clientId: string
  readonly scope: string
  readonly resource: string | undefined
  readonly signal: AbortSignal
}

/** How the person gets to a page: a browser, or a script. Resolves once it is on its way. */
export type Visit = (url: URL) => Promise<void>

/** Reads the metadata of the issuer. Plain HTTP on this machine only. */
export async function discover({ issuer, clientId }: LoginRequest): Promise<Configuration> {
  const insecure = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
  return discovery(issuer, clientId, undefined, None(), { execute: insecure })
}

/**
 * The authorization code flow with PKCE over a loopback address.
 *
 * @see [RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export async function codeFlow(
  config: Configuration,
  request: LoginRequest,
  visit: Visit,
): Promise<TokenEndpointResponse> {
  const receiver = await receiveOnLoopback(request.signal)
  try {
    const verifier = randomPKCECodeVerifier()
    const [state, nonce] = [randomState(), randomNonce()]
    const asksIdentity = request.scope.split(' ').includes('openid')
    const url = buildAuthorizationUrl(config, {
      ...asked(request),
      redirect_uri: receiver.redirectUri,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      ...(asksIdentity ? { nonce } : {}),
    })
    await visit(url)
    return await authorizationCodeGrant(config, await receiver.arrived, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      ...(asksIdentity ? { expectedNonce: nonce } : {}),
    })
  } finally {
    receiver.close()
  }
}

/** The code that a person types, and where. */
export interface DevicePrompt {
  readonly userCode: string
  readonly verificationUri: string
  /** With the code in it. */
  readonly complete: URL
}

/**
 * The device flow: the code is shown, and the token is waited for.
 *
 * @see [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)
 */
export async function deviceFlow(
  config: Configuration,
  request: LoginRequest,
  prompt: (shown: DevicePrompt) => Promise<void>,
): Promise<TokenEndpointResponse> {
  const started = await initiateDeviceAuthorization(config, asked(request))
  const { user_code: userCode, verification_uri: verificationUri } = started
  const complete = started.verification_uri_complete ?? verificationUri
  await prompt({ userCode, verificationUri, complete: new URL(complete) })
  return pollDeviceAuthorizationGrant(config, started, undefined, { signal: request.signal })
}

const asked = ({ scope, resource }: LoginRequest): Record<string, string> => ({
  scope,
  ...(resource === undefined ? {} : { resource }),
})

/** An error of a flow in the words of the command line. */
export function explainFlow(error: unknown, issuer: URL): unknown {
  if (!(error instanceof Error)) return error
  if ('error' in error && typeof error.error === 'string') {
    const why = 'error_description' in error ? `: ${String(error.error_description)}` : ''
    return new CliError('refused', `${issuer.origin} answered ${error.error}${why}`)
  }
  return error instanceof TypeError
    ? new CliError('unavailable', `cannot reach ${issuer.origin}`)
    : error
}
