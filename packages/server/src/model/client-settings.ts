/** How an OAuth client is registered, in the vocabulary of RFC 7591 §2 and its extensions. */

/** How a client proves itself at the endpoints of the authority. */
export type ClientAuthMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
  | 'none'

/** The one name of a certificate that `tls_client_auth` compares (RFC 8705 §2.1.2). */
export interface TlsClientName {
  readonly kind: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email'
  readonly value: string
}

/** A public JWK set as it was registered. */
export interface RegisteredKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** Whose tokens a client may exchange (RFC 8693), and what becomes of them. */
export interface TokenExchangeRules {
  /** Ids of clients whose tokens it may exchange, names of trusted issuers; `*`: every client here. */
  readonly subjects: readonly string[]
  /** `delegation`: the new token says who acts. `impersonation`: it looks like the subject's own. */
  readonly mode: 'delegation' | 'impersonation'
}

/** What a client may do, and how. Records from before a member existed have its default. */
export interface ClientSettings {
  readonly tokenEndpointAuthMethod: ClientAuthMethod
  readonly grantTypes: readonly string[]
  readonly accessTokenFormat: 'jwt' | 'opaque'
  readonly accessTokenTtlSeconds: number
  /** Audiences (RFC 8707 resources) it may ask tokens for. The first is the default. */
  readonly audiences: readonly string[]
  /** `native` clients may use loopback and private-use redirect URIs (RFC 8252). */
  readonly applicationType: 'web' | 'native'
  /** Compared as exact strings; only the port of a loopback address may vary (SR-001). */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** SR-011 */
  readonly responseModes: readonly ('query' | 'form_post')[]
  /** Public keys for `private_key_jwt`, request objects and self-signed certificates. */
  readonly jwks: RegisteredKeys | null
  readonly jwksUri: string | null
  readonly tlsClientName: TlsClientName | null
  readonly requirePushedAuthorizationRequests: boolean
  readonly requireSignedRequestObject: boolean
  /** Whether tokens without a DPoP proof are refused (RFC 9449 §5.2). */
  readonly dpopBoundAccessTokens: boolean
  /** Whether tokens are bound to the client certificate (RFC 8705 §3.4). */
  readonly certificateBoundAccessTokens: boolean
  /** How long a grant lives at most, however often it is refreshed. */
  readonly refreshTokenTtlSeconds: number
  /** How long a refresh token lives unused (SR-025). */
  readonly refreshTokenIdleSeconds: number
  /** `trusted`: the operator vouches for it, people are not asked. Never for registered strangers. */
  readonly consent: 'ask' | 'trusted'
  readonly subjectType: 'public' | 'pairwise'
  readonly sectorIdentifierUri: string | null
  readonly backchannelLogoutUri: string | null
  /** Types of `authorization_details` it may ask for (RFC 9396 §10). */
  readonly authorizationDetailsTypes: readonly string[]
  /** Null: it may exchange none, whatever grants it is registered for. */
  readonly tokenExchange: TokenExchangeRules | null
  /** What people are shown beside the name. */
  readonly clientUri: string | null
  readonly logoUri: string | null
  readonly policyUri: string | null
  readonly tosUri: string | null
  readonly contacts: readonly string[]
  /** Who made the record: an operator, a stranger through RFC 7591, or a document behind a URL. */
  readonly origin: 'operator' | 'registration' | 'metadata-document'
}

const DAY = 86_400

/** What a client has that says nothing else: a confidential client without a redirect. */
export const CLIENT_DEFAULTS: ClientSettings = Object.freeze<ClientSettings>({
  tokenEndpointAuthMethod: 'client_secret_basic',
  grantTypes: [],
  accessTokenFormat: 'jwt',
  accessTokenTtlSeconds: 900,
  audiences: [],
  applicationType: 'web',
  redirectUris: [],
  postLogoutRedirectUris: [],
  responseModes: ['query', 'form_post'],
  jwks: null,
  jwksUri: null,
  tlsClientName: null,
  requirePushedAuthorizationRequests: false,
  requireSignedRequestObject: false,
  dpopBoundAccessTokens: false,
  certificateBoundAccessTokens: false,
  refreshTokenTtlSeconds: 30 * DAY,
  refreshTokenIdleSeconds: 14 * DAY,
  consent: 'ask',
  subjectType: 'public',
  sectorIdentifierUri: null,
  backchannelLogoutUri: null,
  authorizationDetailsTypes: [],
  tokenExchange: null,
  clientUri: null,
  logoUri: null,
  policyUri: null,
  tosUri: null,
  contacts: [],
  origin: 'operator',
})

/** Fills in what is not said. */
export const completeClient = (given: Partial<ClientSettings>): ClientSettings => ({
  ...CLIENT_DEFAULTS,
  ...given,
})
