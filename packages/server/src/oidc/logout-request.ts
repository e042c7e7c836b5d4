import { err, ok, type ReasonCode, type Result } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import { findClient } from '../authorization/client.ts'
import type { RegisteredClient } from '../authorization/request.ts'
import type { Form } from '../http/form.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { PageError } from '../pages/error.ts'
import { sessionIdFor, subjectFor } from './subjects.ts'

/** What an application asks for that signs somebody out. */
export interface LogoutRequest {
  /** Who asks: named by the hint, or only by its id. Undefined: nobody says. */
  readonly client: RegisteredClient | undefined
  /** Claims of an ID token of ours for that client. Undefined: anybody may have sent this. */
  readonly hint: Readonly<Record<string, unknown>> | undefined
  /** A registered URI, and the `state` to send along. */
  readonly returnTo: { readonly uri: string; readonly state: string | undefined } | undefined
}

/** Why there is only an error page. */
export interface LogoutRefusal {
  readonly reason: ReasonCode
  readonly kind: PageError
}

const CLIENT: LogoutRefusal = { reason: 'oauth.client-unknown', kind: 'client' }
const REDIRECT: LogoutRefusal = { reason: 'oauth.redirect-uri-unregistered', kind: 'redirect' }

/**
 * Reads a logout request. Checks, in order: the hint is an ID token of this issuer, expired or not
 * (anything else is no hint: its key may be gone, and the person can still be asked); the client that
 * is named is registered and the one of the hint; the redirect URI is one of its, as an exact string.
 *
 * Nothing here says that the person wants it: see {@link namesSession}.
 *
 * @param form - Attacker-controlled.
 * @see [RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)
 */
export async function readLogoutRequest(
  call: AuthorizationCall,
  form: Form,
): Promise<Result<LogoutRequest, LogoutRefusal>> {
  const hint = await readHint(call, form.get('id_token_hint'))
  const named = form.get('client_id')
  const audience = hint?.['aud']
  if (audience !== undefined && named !== undefined && audience !== named) return err(CLIENT)
  const id = named ?? (typeof audience === 'string' ? audience : undefined)
  const client = id === undefined ? undefined : await findClient(call.services, call.tenant, id)
  if (named !== undefined && client === undefined) return err(CLIENT)
  const uri = form.get('post_logout_redirect_uri')
  if (uri === undefined) return ok({ client, hint, returnTo: undefined })
  const registered = client?.settings.postLogoutRedirectUris.includes(uri) === true
  return registered
    ? ok({ client, hint, returnTo: { uri, state: form.get('state') } })
    : err(REDIRECT)
}

/** Claims of an ID token of this very issuer; how old it is, is no matter (§2). */
async function readHint(
  { services, tenant }: AuthorizationCall,
  text: string | undefined,
): Promise<LogoutRequest['hint']> {
  if (text === undefined) return undefined
  const own = await services.signingKeys.verifyIdToken(tenant.id, text)
  return own?.claims['iss'] === tenant.issuer ? own.claims : undefined
}

/**
 * Reports whether the hint names the very session of this browser: then its holder is the application
 * that the person is signed in to, and need not be confirmed (SR-054). By `sid`; an ID token without
 * one, whose grant outlives sessions, by the moment at which this person proved itself.
 */
export function namesSession(
  { services, tenant }: Pick<AuthorizationCall, 'services' | 'tenant'>,
  { client, hint }: LogoutRequest,
  session: SessionRecord,
): boolean {
  if (client === undefined || hint === undefined) return false
  const { principal, settings } = client
  const reader = { tenant: tenant.id, clientId: principal.id, settings }
  const { sub, sid, auth_time: provenAt } = hint
  if (sub !== subjectFor(services.secrets, reader, session.principalId)) return false
  return sid === undefined
    ? provenAt === session.authentication.at
    : sid === sessionIdFor(services.secrets, reader, session.id)
}
