import { assertConfig } from './errors.ts'
import type { Field } from './field.ts'
import type { Published } from './decision.ts'
import type { Challenge, Method } from './method.ts'
import { pathOf, type RequestView } from './request.ts'
import { assertScopes } from './scope.ts'

/** What an API says of itself to OAuth clients (RFC 9728 §2). */
export interface ProtectedResourceOptions {
  /**
   * The URL of the API, which is the `aud` of its tokens and the `resource` that clients ask them
   * for. In canonical form: `https`, lower-case host, no fragment, no query, no final slash where
   * the path is empty. `http` for loopback only.
   */
  readonly identifier: string
  /** Issuers whose tokens it takes; at least one. */
  readonly authorizationServers: readonly string[]
  /** The scopes that clients may want. Without `offline_access`, which is no business of an API. */
  readonly scopesSupported?: readonly string[]
  /** For people. */
  readonly name?: string
  /** A page for developers. */
  readonly documentation?: string
  /** A page on how data may be used. */
  readonly policy?: string
  readonly termsOfService?: string
  /** Says that tokens without DPoP are not taken; routes enforce it by `senderConstrained`. */
  readonly dpopBoundAccessTokensRequired?: boolean
}

/** A protected resource, as a guard publishes it. */
export interface ProtectedResource {
  readonly identifier: string
  /** Where its metadata is, for `resource_metadata` of a challenge (RFC 9728 §5.1). */
  readonly metadataUrl: string
  /** Where its metadata is served, for routers: the path of `metadataUrl`, and that of the root. */
  readonly paths: readonly string[]
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/
const CACHE: Field = ['cache-control', 'public, max-age=3600']

/** Readable by every script: there is nothing in it that is not for everybody. */
const CORS: readonly Field[] = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, HEAD, OPTIONS'],
  ['access-control-allow-headers', '*'],
]

/**
 * Checks the options once, and tells where the metadata is.
 *
 * Everything comes from the configuration. A document or a challenge made from the `Host` of a
 * request would send clients to an authorization server of the attacker's.
 *
 * @throws {@link ConfigError} for an identifier that is not canonical, or no issuer.
 */
export function protectedResource(options: ProtectedResourceOptions): ProtectedResource {
  const { identifier, authorizationServers, scopesSupported = [] } = options
  const url = canonical(identifier)
  assertConfig(
    authorizationServers.length > 0 && authorizationServers.every(isServer),
    'CS_CONFIG_RESOURCE_SERVERS',
    'resource.authorizationServers: name at least one issuer, by its https URL',
  )
  assertScopes(scopesSupported, 'resource.scopesSupported')
  assertConfig(
    !scopesSupported.includes('offline_access'),
    'CS_CONFIG_RESOURCE_SCOPES',
    'resource.scopesSupported: offline_access is between the client and the issuer; leave it out',
  )
  const path = url.pathname === '/' ? WELL_KNOWN : WELL_KNOWN + url.pathname
  const paths = Object.freeze([...new Set([path, WELL_KNOWN])])
  return Object.freeze({ identifier, metadataUrl: url.origin + path, paths })
}

function canonical(identifier: string): URL {
  const url = URL.canParse(identifier) ? new URL(identifier) : undefined
  const written = url?.pathname === '/' ? url.origin : url?.href
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url))
  assertConfig(
    url !== undefined &&
      secure &&
      written === identifier &&
      url.search === '' &&
      url.username === '',
    'CS_CONFIG_RESOURCE_IDENTIFIER',
    `resource.identifier: "${identifier}" is not the canonical https URL of the API, such as https://api.example/v1`,
  )
  return url
}

const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.test(hostname)

function isServer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false
  const { protocol, hash, search, hostname } = new URL(issuer)
  if (hash !== '' || search !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
}

/** The challenges of a guard, with `resource_metadata` where clients of OAuth look for it. */
export const withResource = (
  challenges: readonly Challenge[],
  resource: ProtectedResource | undefined,
): readonly Challenge[] =>
  resource === undefined
    ? challenges
    : challenges.map((challenge) =>
        challenge.scheme === 'Bearer' || challenge.scheme === 'DPoP'
          ? {
              ...challenge,
              parameters: { ...challenge.parameters, resource_metadata: resource.metadataUrl },
            }
          : challenge,
      )

/**
 * Makes what answers requests for the metadata, by GET, HEAD and OPTIONS, whoever asks; every other
 * request is left to the guard. Paths are compared as they were sent: one that is spelt otherwise
 * (`%2d`, `//`, `..`) is a request like any other.
 *
 * @see [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3)
 */
export function metadataPublisher(
  options: ProtectedResourceOptions,
  { paths }: ProtectedResource,
  methods: readonly Method[],
): (view: RequestView) => Published | undefined {
  const body = inAscii(JSON.stringify(metadataOf(options, methods)))
  const document = published(200, ['content-type', 'application/json'], body)
  const options204 = published(204, ['allow', 'GET, HEAD, OPTIONS'])
  return ({ method, target }) => {
    // Cheap first: every request comes by here.
    if (!target.startsWith(WELL_KNOWN) || !paths.includes(pathOf(target))) return undefined
    if (method === 'OPTIONS') return options204
    return method === 'GET' || method === 'HEAD' ? document : undefined
  }
}

const published = (status: number, field: Field, body = ''): Published =>
  Object.freeze({ outcome: 'published', status, headers: [field, CACHE, ...CORS], body })

function metadataOf(options: ProtectedResourceOptions, methods: readonly Method[]): object {
  const algorithms = dpopAlgorithms(methods)
  // JSON.stringify leaves out what is undefined.
  return {
    resource: options.identifier,
    authorization_servers: options.authorizationServers,
    scopes_supported: options.scopesSupported,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: algorithms,
    dpop_bound_access_tokens_required: options.dpopBoundAccessTokensRequired,
    tls_client_certificate_bound_access_tokens: methods.some(readsCertificate) ? true : undefined,
    resource_name: options.name,
    resource_documentation: options.documentation,
    resource_policy_uri: options.policy,
    resource_tos_uri: options.termsOfService,
  }
}

const dpopAlgorithms = (methods: readonly Method[]): readonly string[] | undefined =>
  methods
    .map(({ challenge }) => challenge)
    .find(({ scheme }) => scheme === 'DPoP')
    ?.parameters?.['algs']?.split(' ')

/** It looks at the client certificate beside its token (RFC 8705 §3). */
const readsCertificate = ({ besides }: Method): boolean => besides?.includes('tls') === true

/** Adapters count characters as bytes; JSON may write every character in ASCII. */
const inAscii = (json: string): string =>
  json.replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
