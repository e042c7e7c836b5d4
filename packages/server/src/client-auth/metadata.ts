import type { ClientAuthMethod } from '../model/client-settings.ts'
import type { Services } from '../services.ts'

/** Endpoints that clients prove themselves at, and that answer at the address for certificates too. */
const ENDPOINTS = ['token', 'introspection', 'revocation'] as const

/** Endpoints that have an alias beside these, where they exist. */
const MORE_ALIASES = [
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
  'registration_endpoint',
]

/**
 * What discovery says of client authentication: the mechanisms and algorithms of the profile, and
 * where clients with certificates connect.
 *
 * @param urls - The endpoints of discovery, by their names there.
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 * @see [RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5) `mtls_endpoint_aliases`
 */
export function clientAuthMetadata(
  { profile, issuer, mtlsUrl }: Pick<Services, 'profile' | 'issuer' | 'mtlsUrl'>,
  urls: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const { clientAuthMethods: methods, algorithms } = profile
  const members = ENDPOINTS.flatMap((endpoint) => [
    [`${endpoint}_endpoint_auth_methods_supported`, methodsAt(endpoint, methods)],
    [`${endpoint}_endpoint_auth_signing_alg_values_supported`, algorithms],
  ])
  const named = [...ENDPOINTS.map((endpoint) => `${endpoint}_endpoint`), ...MORE_ALIASES]
  const aliases = Object.entries(urls)
    .filter(([name]) => named.includes(name))
    // A tenant has the path of its issuer there too.
    .map(([name, url]) => [name, `${mtlsUrl ?? ''}${url.slice(issuer.length)}`])
  return {
    ...Object.fromEntries(members),
    // RFC 8705 §3.3
    tls_client_certificate_bound_access_tokens: true,
    ...(mtlsUrl === undefined ? {} : { mtls_endpoint_aliases: Object.fromEntries(aliases) }),
  }
}

/** A public client proves nothing, so it learns nothing about tokens (RFC 7662 §2.1). */
const methodsAt = (
  endpoint: (typeof ENDPOINTS)[number],
  methods: readonly ClientAuthMethod[],
): readonly ClientAuthMethod[] =>
  endpoint === 'introspection' ? methods.filter((method) => method !== 'none') : methods
