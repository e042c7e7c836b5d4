import type { Answer } from 'countersign'
import { clientAuthMetadata } from '../client-auth/metadata.ts'
import { GRANTS } from '../grants/index.ts'
import type { Services } from '../services.ts'
import type { Call } from './call.ts'

/** Endpoints by the names that discovery gives them. Only what exists is here. */
const ENDPOINTS = {
  token_endpoint: '/oauth/token',
  device_authorization_endpoint: '/oauth/device_authorization',
  introspection_endpoint: '/oauth/introspect',
  revocation_endpoint: '/oauth/revoke',
  jwks_uri: '/oauth/jwks',
} as const

/**
 * `GET /.well-known/oauth-authorization-server`, in both forms of its path.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
export const authorizationServerMetadata = ({ services, tenant }: Call): Answer =>
  document(describe(tenant.issuer, services), services.signing.jwksMaxAgeSeconds)

/**
 * `GET /.well-known/openid-configuration`: the same, and what OpenID Connect requires of it.
 *
 * @see [OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html)
 */
export const openidConfiguration = ({ services, tenant }: Call): Answer =>
  document(
    {
      ...describe(tenant.issuer, services),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [services.signing.algorithm],
    },
    services.signing.jwksMaxAgeSeconds,
  )

function describe(issuer: string, services: Services): Readonly<Record<string, unknown>> {
  const urls = Object.entries(ENDPOINTS).map(([name, path]) => [name, issuer + path] as const)
  const endpoints: Readonly<Record<string, string>> = Object.fromEntries(urls)
  return {
    issuer,
    ...endpoints,
    // Required by RFC 8414; empty, because no authorization endpoint exists.
    response_types_supported: [],
    grant_types_supported: [...GRANTS.keys()],
    ...clientAuthMetadata(services, endpoints),
    dpop_signing_alg_values_supported: [...services.dpop.algorithms.keys()],
  }
}

const document = (metadata: Readonly<Record<string, unknown>>, maxAgeSeconds: number): Answer => ({
  status: 200,
  headers: [
    ['content-type', 'application/json'],
    ['cache-control', `public, max-age=${maxAgeSeconds}`],
    ['access-control-allow-origin', '*'],
  ],
  body: JSON.stringify(metadata),
})
