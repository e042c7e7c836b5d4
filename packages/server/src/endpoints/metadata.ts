import { map } from 'countersign'
import { discoveryDocument } from '../oidc/discovery.ts'
import type { Endpoint } from './call.ts'

/**
 * `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`, in all forms
 * of their paths: one document. Any page may read it.
 *
 * @param isRouted - Reports whether the table has a path, so that nothing is named that is not there.
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 * @see [OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html)
 */
export const serverMetadata =
  (isRouted: (path: string) => boolean): Endpoint =>
  ({ services, tenant }) =>
    map(services.signingKeys.algorithm(tenant.id), (algorithm) => ({
      status: 200,
      headers: [
        ['content-type', 'application/json'],
        ['cache-control', `public, max-age=${services.signing.jwksMaxAgeSeconds}`],
        ['access-control-allow-origin', '*'],
      ],
      body: JSON.stringify(
        discoveryDocument(services, { issuer: tenant.issuer, algorithm, isRouted }),
      ),
    }))
