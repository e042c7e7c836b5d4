/** What a stranger says of itself, as settings of a client within the operator's terms. */
import { coversScope, isScope, parseScope, type Result } from 'countersign'
import { PROTOCOL_SCOPES } from '../checks/delegated-scope.ts'
import { checkClientSettings } from '../credentials/client-rules.ts'
import {
  completeClient,
  type ClientAuthMethod,
  type ClientSettings,
  type RegisteredKeys,
} from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'
import { attempt, refuse, type MetadataFault } from './fault.ts'
import { flag, text, texts, word, wordsOf, type Metadata, type Strange } from './members.ts'
import type { StrangerTerms } from './terms.ts'

/** Grants that a client without a person behind it cannot use. */
export const PERSONAL_GRANTS = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const

/** Under what rules metadata is read. */
export interface MetadataRules {
  readonly terms: StrangerTerms
  readonly profile: Profile
  readonly origin: Exclude<ClientSettings['origin'], 'operator'>
  readonly grantTypes: readonly string[]
  readonly authMethods: readonly ClientAuthMethod[]
  /** Where the metadata names none. */
  readonly usualAuthMethod: ClientAuthMethod
  /** Of grant and response types, and of scopes. */
  readonly others: Strange
  /** Whose pages it may show beside its name; without it, the hosts of its redirect URIs. */
  readonly host?: string
}

/** A client as its metadata describes it. */
export interface DescribedClient {
  readonly name: string
  readonly scopes: readonly string[]
  readonly settings: ClientSettings
}

const MAX_NAME = 100
const MODES = ['query', 'form_post'] as const

/**
 * Reads client metadata. Checks, in order: each member by itself; scopes within the terms; then the
 * settings as a whole, as for a client that an operator makes. Members that have no meaning here are
 * ignored (RFC 7591 §2).
 *
 * Whatever is said, people are asked (`consent`), and pages and pictures of other hosts than the
 * client's are left out: beside a stranger's name they would be somebody else's good one.
 *
 * @param metadata - Attacker-controlled.
 * @see [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)
 */
export const readClientMetadata = (
  metadata: Metadata,
  rules: MetadataRules,
): Result<DescribedClient, MetadataFault> =>
  attempt(() => {
    const settings = readSettings(metadata, rules)
    const refused = checkClientSettings(settings, rules.profile)
    if (refused !== undefined) return refuseMember(refused.error.pointer ?? '')
    const [redirect = ''] = settings.redirectUris
    const name = text(metadata, 'client_name', MAX_NAME) ?? hostOf(redirect) ?? 'Client'
    return { name, scopes: readScopes(metadata, rules), settings }
  })

function readSettings(metadata: Metadata, rules: MetadataRules): ClientSettings {
  const { others } = rules
  const redirectUris = texts(metadata, 'redirect_uris') ?? []
  const grantTypes = wordsOf(metadata, 'grant_types', { words: rules.grantTypes, others }) ?? [
    'authorization_code',
  ]
  readResponseTypes(metadata, grantTypes, others)
  const pages = pageReader(
    metadata,
    rules.host === undefined ? redirectUris : [`https://${rules.host}`],
  )
  return completeClient({
    tokenEndpointAuthMethod:
      word(metadata, 'token_endpoint_auth_method', rules.authMethods) ?? rules.usualAuthMethod,
    grantTypes,
    audiences: rules.terms.audiences,
    applicationType: readApplicationType(metadata, redirectUris),
    redirectUris,
    postLogoutRedirectUris: texts(metadata, 'post_logout_redirect_uris') ?? [],
    responseModes: wordsOf(metadata, 'response_modes', { words: MODES, others }) ?? MODES,
    jwks: readKeys(metadata),
    jwksUri: text(metadata, 'jwks_uri') ?? null,
    requirePushedAuthorizationRequests: flag(metadata, 'require_pushed_authorization_requests'),
    requireSignedRequestObject: flag(metadata, 'require_signed_request_object'),
    dpopBoundAccessTokens: flag(metadata, 'dpop_bound_access_tokens'),
    certificateBoundAccessTokens: flag(metadata, 'tls_client_certificate_bound_access_tokens'),
    consent: 'ask',
    subjectType: word(metadata, 'subject_type', ['public', 'pairwise']) ?? 'public',
    clientUri: pages('client_uri'),
    logoUri: pages('logo_uri'),
    policyUri: pages('policy_uri'),
    tosUri: pages('tos_uri'),
    contacts: texts(metadata, 'contacts') ?? [],
    origin: rules.origin,
  })
}

/** Members whose faults are those of a redirect URI (RFC 7591 §3.2.2). */
const REDIRECTS = /^\/(?:redirectUris|postLogoutRedirectUris)/

const refuseMember = (pointer: string): never =>
  REDIRECTS.test(pointer)
    ? refuse('A redirect URI is missing, or cannot be registered.', 'invalid_redirect_uri')
    : refuse(`A member cannot be meant, or not together with the others: ${wireName(pointer)}.`)

/** `/jwksUri` as RFC 7591 writes it: `jwks_uri`. */
const wireName = (pointer: string): string =>
  (pointer.split('/')[1] ?? '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** RFC 7591 §2.1: response types go with grant types; the only one here is `code`. */
function readResponseTypes(
  metadata: Metadata,
  grantTypes: readonly string[],
  others: Strange,
): void {
  const given = wordsOf(metadata, 'response_types', { words: ['code'], others })
  if ((given?.length ?? 0) > 0 && !grantTypes.includes('authorization_code')) {
    refuse('response_types and grant_types do not go together.')
  }
}

/** Many native clients do not say that they are; a scheme that only they may have says it too. */
const readApplicationType = (
  metadata: Metadata,
  redirectUris: readonly string[],
): ClientSettings['applicationType'] =>
  word(metadata, 'application_type', ['web', 'native']) ??
  (redirectUris.some((uri) => !uri.startsWith('https:')) ? 'native' : 'web')

const MAX_KEYS_BYTES = 16_384

function readKeys(metadata: Metadata): RegisteredKeys | null {
  const given = metadata['jwks']
  if (given === undefined || given === null) return null
  const keys = isObject(given) ? given['keys'] : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) return refuse('jwks is not a JWK set.')
  return JSON.stringify(keys).length > MAX_KEYS_BYTES ? refuse('jwks is too large.') : { keys }
}

const isObject = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readScopes(metadata: Metadata, { terms, others }: MetadataRules): readonly string[] {
  const given = text(metadata, 'scope')
  if (given === undefined) return terms.scopes
  const scopes = parseScope(given).filter((scope) => !PROTOCOL_SCOPES.includes(scope))
  const allowed = scopes.filter((scope) => isScope(scope) && coversScope(terms.scopes, scope))
  return allowed.length === scopes.length || others === 'drop'
    ? allowed
    : refuse('scope exceeds what clients may register for.')
}

const hostOf = (uri: string): string | undefined =>
  uri.startsWith('https:') && URL.canParse(uri) ? new URL(uri).host : undefined

/** Reads addresses of pages, and leaves out those of other hosts. */
function pageReader(metadata: Metadata, own: readonly string[]): (name: string) => string | null {
  const hosts = new Set(own.map(hostOf))
  return (name) => {
    const address = text(metadata, name)
    const host = address === undefined ? undefined : hostOf(address)
    return address !== undefined && host !== undefined && hosts.has(host) ? address : null
  }
}
