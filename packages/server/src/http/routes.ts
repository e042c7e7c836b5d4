/** Every route of the authority outside the management API, on one screen. */
import { account, accountForm } from '../endpoints/account.ts'
import { authorize, authorizeByPost } from '../endpoints/authorize.ts'
import { withClient, withForm, type Endpoint } from '../endpoints/call.ts'
import { crlEndpoint, pemBundleEndpoint, spiffeBundleEndpoint } from '../endpoints/certificates.ts'
import { deviceAuthorization } from '../endpoints/device-authorization.ts'
import { deviceForm, devicePage } from '../endpoints/device.ts'
import { handOff } from '../endpoints/hand-off.ts'
import { healthz, readyz } from '../endpoints/health.ts'
import { interactionForm, interactionPage } from '../endpoints/interaction.ts'
import { preflight, withCors } from '../endpoints/cors.ts'
import { introspect } from '../endpoints/introspect.ts'
import { withIntrospector } from '../endpoints/introspector.ts'
import { jwks } from '../endpoints/jwks.ts'
import { logout, logoutByPost } from '../endpoints/logout.ts'
import { serverMetadata } from '../endpoints/metadata.ts'
import { provider, providerCallback } from '../endpoints/provider.ts'
import { pushedAuthorization } from '../endpoints/pushed-authorization.ts'
import { changeRegistered, endRegistered, readRegistered, register } from '../endpoints/register.ts'
import { revoke } from '../endpoints/revoke.ts'
import { withRoom } from '../endpoints/room.ts'
import { signOutAsked, signOutForm } from '../endpoints/sign-out.ts'
import { token } from '../endpoints/token.ts'
import { userinfo } from '../endpoints/userinfo.ts'
import { PAGE_PATHS } from '../interactions/paths.ts'

/** One route. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'
  /** Below the base path of a tenant. Also the route's name in metrics. */
  readonly path: string
  /** The steps before the endpoint, outermost first, and the endpoint. */
  readonly endpoint: Endpoint
}

/** The well-known documents, whose path may carry the tenant at its end (RFC 8414 §3.1). */
export const WELL_KNOWN: readonly string[] = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
]

const route = (method: Route['method'], path: string, endpoint: Endpoint): Route => ({
  method,
  path,
  endpoint,
})

const CRL_PATH = '/certificates/crl/{ca}.crl'
const REGISTERED_PATH = '/oauth/register/{client_id}'

/** The path of the table that a path is one of: for most, itself. @param path - Attacker-controlled. */
export function patternOf(path: string): string {
  if (/^\/certificates\/crl\/[^/]+\.crl$/.test(path)) return CRL_PATH
  return /^\/oauth\/register\/[^/]+$/.test(path) ? REGISTERED_PATH : path
}

/** Names what the table has. It is asked when a request comes, and the table is there. */
const metadata = serverMetadata((path) => ROUTES.some((row) => row.path === path))

/** The table. Steps run left to right. */
export const ROUTES: readonly Route[] = [
  route('GET', PAGE_PATHS.authorize, authorize),
  route('POST', PAGE_PATHS.authorize, authorizeByPost),
  route('GET', PAGE_PATHS.interaction, interactionPage),
  route('POST', PAGE_PATHS.interaction, interactionForm),
  route('POST', PAGE_PATHS.handOff, handOff),
  route('GET', PAGE_PATHS.provider, provider),
  route('GET', PAGE_PATHS.providerCallback, providerCallback),
  route('GET', PAGE_PATHS.account, account),
  route('POST', PAGE_PATHS.account, accountForm),
  route('GET', PAGE_PATHS.signOut, signOutAsked),
  route('POST', PAGE_PATHS.signOut, signOutForm),
  route('POST', '/oauth/token', withCors(withForm(withClient(token)))),
  route('OPTIONS', '/oauth/token', preflight),
  route('POST', '/oauth/par', withCors(withForm(withClient(withRoom(pushedAuthorization))))),
  route('OPTIONS', '/oauth/par', preflight),
  route('POST', '/oauth/device_authorization', withForm(withClient(withRoom(deviceAuthorization)))),
  route('GET', PAGE_PATHS.device, devicePage),
  route('POST', PAGE_PATHS.device, deviceForm),
  route('POST', '/oauth/introspect', withForm(withIntrospector(introspect))),
  route('POST', '/oauth/revoke', withCors(withForm(withClient(revoke)))),
  route('OPTIONS', '/oauth/revoke', preflight),
  route('POST', '/oauth/register', withCors(register)),
  route('OPTIONS', '/oauth/register', preflight),
  route('GET', REGISTERED_PATH, readRegistered),
  route('PUT', REGISTERED_PATH, changeRegistered),
  route('DELETE', REGISTERED_PATH, endRegistered),
  route('GET', '/oauth/userinfo', withCors(userinfo)),
  route('POST', '/oauth/userinfo', withCors(userinfo)),
  route('OPTIONS', '/oauth/userinfo', preflight),
  route('GET', '/oauth/logout', logout),
  route('POST', '/oauth/logout', logoutByPost),
  route('GET', '/oauth/jwks', jwks),
  route('GET', '/certificates/bundle.pem', pemBundleEndpoint),
  route('GET', '/certificates/bundle.json', spiffeBundleEndpoint),
  route('GET', CRL_PATH, crlEndpoint),
  route('GET', '/.well-known/oauth-authorization-server', metadata),
  route('GET', '/.well-known/openid-configuration', metadata),
  route('GET', '/healthz', healthz),
  route('GET', '/readyz', readyz),
]
