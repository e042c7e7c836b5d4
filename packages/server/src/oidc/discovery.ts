/**
 * What the authority says of itself: the members of RFC 8414 and of OpenID Connect Discovery, each
 * from the code that makes it true. An endpoint is named exactly where the table of routes has it.
 */
import { PROTOCOL_SCOPES } from '../checks/delegated-scope.ts'
import { clientAuthMetadata } from '../client-auth/metadata.ts'
import { GRANTS } from '../grants/index.ts'
import type { SigningAlgorithm } from '../keys/rules.ts'
import type { Services } from '../services.ts'
import { PERSON_CLAIMS } from './claims.ts'

type Members = Readonly<Record<string, unknown>>

/** Endpoints by the names that discovery gives them. */
const ENDPOINTS = {
  authorization_endpoint: '/oauth/authorize',
  token_endpoint: '/oauth/token',
  pushed_authorization_request_endpoint: '/oauth/par',
  device_authorization_endpoint: '/oauth/device_authorization',
  introspection_endpoint: '/oauth/introspect',
  revocation_endpoint: '/oauth/revoke',
  userinfo_endpoint: '/oauth/userinfo',
  end_session_endpoint: '/oauth/logout',
  registration_endpoint: '/oauth/register',
  jwks_uri: '/oauth/jwks',
} as const

/** Of whom, and what is there. */
export interface Described {
  readonly issuer: string
  /** What the tenant's current key signs with. */
  readonly algorithm: SigningAlgorithm
  readonly isRouted: (path: string) => boolean
}

/** The document, the same at every well-known path: who reads one need not ask for the other. */
export function discoveryDocument(services: Services, described: Described): Members {
  const { issuer, algorithm, isRouted } = described
  const existing = Object.entries(ENDPOINTS).filter(
    ([name, path]) =>
      isRouted(path) &&
      // Always routed, and answered where the operator wants it.
      (name !== 'registration_endpoint' || services.registration !== undefined),
  )
  const urls = Object.fromEntries(existing.map(([name, path]) => [name, issuer + path]))
  const signing = [...new Set([algorithm, services.signing.algorithm])]
  return {
    issuer,
    ...urls,
    ...authorizationMembers(services),
    ...tokenMembers(services, urls),
    ...openidMembers(signing),
    ...pageMembers(services, issuer),
  }
}

/** What the authorization endpoint takes. */
const authorizationMembers = ({ profile, metadataDocuments }: Services): Members => ({
  scopes_supported: PROTOCOL_SCOPES,
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post'],
  // SR-018: clients that speak PKCE go no further without it.
  code_challenge_methods_supported: ['S256'],
  // SR-005, RFC 9207 §3
  authorization_response_iss_parameter_supported: true,
  require_pushed_authorization_requests: profile.requirePushedRequests,
  prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
  claims_parameter_supported: true,
  // Client ID Metadata Documents §5
  client_id_metadata_document_supported: metadataDocuments !== undefined,
  request_parameter_supported: true,
  // Only what was pushed here; the default of OpenID Connect Discovery is true.
  request_uri_parameter_supported: false,
  request_object_signing_alg_values_supported: profile.algorithms,
})

/** How clients prove themselves, what they may ask for, and what they get. */
const tokenMembers = (services: Services, urls: Readonly<Record<string, string>>): Members => ({
  grant_types_supported: [...GRANTS.keys()],
  ...clientAuthMetadata(services, urls),
  dpop_signing_alg_values_supported: [...services.dpop.algorithms.keys()],
})

const openidMembers = (signing: readonly SigningAlgorithm[]): Members => ({
  subject_types_supported: ['public', 'pairwise'],
  id_token_signing_alg_values_supported: signing,
  // RFC 9701 §7
  introspection_signing_alg_values_supported: signing,
  claim_types_supported: ['normal'],
  claims_supported: [...PROTOCOL_CLAIMS, ...PERSON_CLAIMS],
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
})

/** Claims of ID tokens that say nothing of the person. */
const PROTOCOL_CLAIMS = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'sid',
]

/** What people see: languages, and the operator's papers. */
function pageMembers({ look }: Services, issuer: string): Members {
  const { terms, privacy } = look.links
  const absolute = (link: string): string => new URL(link, issuer).href
  return {
    ui_locales_supported: [...look.speakers.values()].map(({ locale }) => locale),
    ...(terms === undefined ? {} : { op_tos_uri: absolute(terms) }),
    ...(privacy === undefined ? {} : { op_policy_uri: absolute(privacy) }),
  }
}
