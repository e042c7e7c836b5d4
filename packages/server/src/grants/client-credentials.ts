import { ok } from 'countersign'
import { grantAudience } from '../checks/resource.ts'
import { grantScopes } from '../checks/scope.ts'
import { tokenTypeOf } from '../tokens/response.ts'
import { makeAccessToken } from '../tokens/access-token.ts'
import type { Grant } from './grant.ts'

/**
 * A client acting on its own behalf. Checks, in order: scope, resource. Writes nothing for a JWT,
 * one row for an opaque token.
 *
 * @see [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
 */
export const clientCredentials: Grant = async (request) => {
  const { services, tenant, form, client, confirmation, now } = request
  const { principal, settings } = client
  const scopes = grantScopes(form.get('scope'), principal.scopes)
  if (!scopes.ok) return scopes
  const audience = grantAudience(form.resources, settings.audiences, tenant.issuer)
  if (!audience.ok) return audience
  const issued = await makeAccessToken(services, {
    tenant,
    subject: principal.id,
    clientId: principal.id,
    settings,
    scopes: scopes.value,
    audience: audience.value,
    confirmation,
    now,
  })
  const { record } = issued
  if (record !== undefined) {
    // A transaction: those that come together are durable by one commit.
    await services.store.transaction((session) => session.tokens.insert(record))
  }
  services.metrics.tokenIssued('client_credentials', settings.accessTokenFormat)
  return ok({
    access_token: issued.token,
    token_type: tokenTypeOf(confirmation),
    expires_in: issued.lifetimeSeconds,
    scope: scopes.value.join(' '),
  })
}
