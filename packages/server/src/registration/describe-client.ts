import type { PrincipalRecord } from '../model/records.ts'
import { CLIENT_DEFAULTS } from '../model/client-settings.ts'

/**
 * A client in the vocabulary of RFC 7591: what was registered, which is not always what was sent.
 *
 * @see [RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)
 */
export function describeClient({
  id,
  name,
  scopes,
  createdAt,
  client,
}: PrincipalRecord): Readonly<Record<string, unknown>> {
  const settings = client ?? CLIENT_DEFAULTS
  return {
    client_id: id,
    client_id_issued_at: createdAt,
    client_name: name,
    redirect_uris: settings.redirectUris,
    token_endpoint_auth_method: settings.tokenEndpointAuthMethod,
    grant_types: settings.grantTypes,
    response_types: settings.grantTypes.includes('authorization_code') ? ['code'] : [],
    response_modes: settings.responseModes,
    application_type: settings.applicationType,
    scope: scopes.join(' '),
    subject_type: settings.subjectType,
    require_pushed_authorization_requests: settings.requirePushedAuthorizationRequests,
    require_signed_request_object: settings.requireSignedRequestObject,
    dpop_bound_access_tokens: settings.dpopBoundAccessTokens,
    tls_client_certificate_bound_access_tokens: settings.certificateBoundAccessTokens,
    ...given({
      client_uri: settings.clientUri,
      logo_uri: settings.logoUri,
      policy_uri: settings.policyUri,
      tos_uri: settings.tosUri,
      jwks_uri: settings.jwksUri,
      jwks: settings.jwks,
    }),
    ...listed({
      contacts: settings.contacts,
      post_logout_redirect_uris: settings.postLogoutRedirectUris,
    }),
  }
}

type Members = Readonly<Record<string, unknown>>

const given = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

const listed = (members: Readonly<Record<string, readonly unknown[]>>): Members =>
  Object.fromEntries(Object.entries(members).filter(([, items]) => items.length > 0))
