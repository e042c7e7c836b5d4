import { ConfigError } from 'countersign'
import type { ClientAuthMethod } from '../model/client-settings.ts'

/** The rules that differ between installations. All times in seconds. */
export interface Profile {
  readonly name: 'oauth21' | 'fapi2' | 'legacy'
  /** Mechanisms by which clients may prove themselves. */
  readonly clientAuthMethods: readonly ClientAuthMethod[]
  /** Whether an authorization request has to be pushed (RFC 9126). */
  readonly requirePushedRequests: boolean
  /** Whether tokens have to be bound to a key of the client (SR-021). */
  readonly requireSenderConstraint: boolean
  /** SR-016 */
  readonly codeSeconds: number
  /**
   * How long the very response of a code is given again to the client that proves the same things
   * again, because its answer was lost. 0: a second use is always an attack (SR-015).
   */
  readonly codeReplaySeconds: number
  /** The same for refresh tokens. */
  readonly refreshReplaySeconds: number
  /** Whose refresh tokens are replaced at each use (SR-022, SR-023). */
  readonly rotateRefreshTokens: 'every-client' | 'public-clients'
  /** `aud` of client assertions: the issuer alone, or an endpoint too (SR-033). */
  readonly assertionAudience: 'issuer' | 'issuer-or-endpoint'
  /** Algorithms of assertions, request objects and ID tokens that are taken. */
  readonly algorithms: readonly string[]
  /** Whether request objects must have the type of their own (RFC 9101 §10.8). */
  readonly requireTypedRequestObjects: boolean
  /** How far ahead of our clock `iat` and `nbf` may be. */
  readonly futureSeconds: number
  /** What is weaker than RFC 9700 asks, in words; each is logged at the start. */
  readonly weakenings: readonly string[]
}

const ALGORITHMS = ['ES256', 'ES384', 'PS256', 'Ed25519', 'EdDSA', 'RS256'] as const

const OAUTH21: Profile = Object.freeze<Profile>({
  name: 'oauth21',
  clientAuthMethods: [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
    'none',
  ],
  requirePushedRequests: false,
  requireSenderConstraint: false,
  codeSeconds: 60,
  codeReplaySeconds: 10,
  refreshReplaySeconds: 20,
  rotateRefreshTokens: 'every-client',
  assertionAudience: 'issuer',
  algorithms: ALGORITHMS,
  requireTypedRequestObjects: false,
  futureSeconds: 10,
  weakenings: [],
})

/** @see [FAPI 2.0 Security Profile §5.3](https://openid.net/specs/fapi-security-profile-2_0-final.html) */
const FAPI2: Profile = Object.freeze<Profile>({
  ...OAUTH21,
  name: 'fapi2',
  clientAuthMethods: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
  requirePushedRequests: true,
  requireSenderConstraint: true,
  codeReplaySeconds: 0,
  rotateRefreshTokens: 'public-clients',
  algorithms: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
  requireTypedRequestObjects: true,
})

const LEGACY: Profile = Object.freeze<Profile>({
  ...OAUTH21,
  name: 'legacy',
  codeSeconds: 600,
  assertionAudience: 'issuer-or-endpoint',
  futureSeconds: 60,
  weakenings: [
    'codes live 10 minutes instead of 60 seconds',
    'client assertions may be addressed to an endpoint instead of the issuer',
    'clocks of clients may be 60 seconds ahead',
  ],
})

const PROFILES: Readonly<Record<string, Profile>> = {
  oauth21: OAUTH21,
  fapi2: FAPI2,
  legacy: LEGACY,
}

/** The profile of a name. @throws `ConfigError` for a name that is none. */
export function profileOf(name: string = OAUTH21.name): Profile {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined
  if (profile !== undefined) return profile
  const names = Object.keys(PROFILES).join(', ')
  throw new ConfigError('CS_CONFIG_PROFILE', `profile: "${name}" is none of ${names}`)
}
