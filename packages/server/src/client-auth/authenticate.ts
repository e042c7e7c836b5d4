import { err, ok, resolveClient, type Result } from 'countersign'
import { findClient } from '../authorization/client.ts'
import type { RegisteredClient } from '../authorization/request.ts'
import type { OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Form } from '../http/form.ts'
import type { PrincipalRecord } from '../model/records.ts'
import type { ClientAuthMethod, ClientSettings } from '../model/client-settings.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { provesByAssertion } from './assertion.ts'
import { provesByCertificateName, provesByRegisteredCertificate } from './certificate.ts'
import type { FailureSubject } from './failures.ts'
import {
  CLIENT_REQUIRED,
  presentedClient,
  type PresentedClient,
  type PresentedSecret,
} from './presented.ts'

/** A client that has proven itself by its registered mechanism. */
export interface ProvenClient {
  readonly principal: PrincipalRecord
  readonly settings: ClientSettings
  /** By which mechanism; `none`: it has said its name, and proven nothing. */
  readonly method: ClientAuthMethod
  /** Public id of the secret that it used; undefined for keys, certificates and public clients. */
  readonly credentialId: string | undefined
}

/** What a client is authenticated by. */
export interface ClientRequest {
  readonly exchange: Exchange
  readonly form: Form
  /** Seconds since the epoch. */
  readonly now: number
}

/** Unknown client, wrong proof, wrong mechanism: the same bytes (SR-201). */
const CLIENT_INVALID: OAuthFailure = {
  ...CLIENT_REQUIRED,
  description: 'Client authentication failed.',
}

/**
 * Ids that are issued here look like this. Anything else stays out of the log: a client that swaps
 * id and secret would write its secret there.
 */
const LOGGABLE_ID = /^cli_[0-9A-Za-z]{22}$/

/**
 * Authenticates the client of a request. Checks, in order: one well-formed mechanism, failures of
 * this client and address prefix, the proof, the registered mechanism (for a secret, after it; the
 * others are found by the registration), the mechanisms of the profile (SR-032).
 *
 * @throws `UnavailableError` when the store cannot be reached and the client is not in memory, and
 * when keys that the client publishes cannot be fetched.
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) invalid_client
 */
export async function authenticateClient(
  services: Services,
  tenant: Tenant,
  request: ClientRequest,
): Promise<Result<ProvenClient, OAuthFailure>> {
  const presented = presentedClient(request.exchange, request.form)
  if (!presented.ok) return presented
  const { clientId } = presented.value
  const { address } = resolveClient(request.exchange, services.proxies)
  const subject = { tenant: tenant.id, clientId, address }
  const nowMs = services.clock()
  const wait = await services.clientFailures.blockedFor(subject, nowMs)
  if (wait > 0) return err(tooManyFailures(wait))
  const proven = await prove({ services, tenant, request }, presented.value)
  if (proven !== undefined && services.profile.clientAuthMethods.includes(proven.method)) {
    const { credentialId } = proven
    if (credentialId !== undefined) services.lastUsed.used(credentialId, Math.floor(nowMs / 1000))
    return ok(proven)
  }
  await services.clientFailures.count(subject, nowMs)
  report(services, subject, presented.value)
  return err(CLIENT_INVALID)
}

interface Proving {
  readonly services: Services
  readonly tenant: Tenant
  readonly request: ClientRequest
}

async function prove(
  proving: Proving,
  presented: PresentedClient,
): Promise<ProvenClient | undefined> {
  if ('secret' in presented) return proveSecret(proving, presented)
  const { services, tenant, request } = proving
  const client = await findClient(services, tenant, presented.clientId)
  if (client === undefined) return undefined
  const call = { services, tenant, client, now: request.now }
  const proves =
    presented.mechanism === 'private_key_jwt'
      ? client.settings.tokenEndpointAuthMethod === 'private_key_jwt' &&
        (await provesByAssertion({ ...call, path: pathOf(proving) }, presented.assertion))
      : await provesByConnection({ ...call, exchange: request.exchange })
  if (!proves) return undefined
  return { ...client, method: client.settings.tokenEndpointAuthMethod, credentialId: undefined }
}

async function proveSecret(
  { services, tenant }: Proving,
  { mechanism, clientId, secret }: PresentedSecret,
): Promise<ProvenClient | undefined> {
  const proven = await services.verifyClientSecret({ tenant: tenant.id, clientId, secret })
  const settings = proven?.client.client
  // Checked after the secret: the registered mechanism is nobody's business but the client's.
  if (proven === undefined || settings?.tokenEndpointAuthMethod !== mechanism) return undefined
  const { client: principal, credentialId } = proven
  return { principal, settings, method: mechanism, credentialId }
}

/** What a client without a secret and without an assertion has to prove, by its registration. */
async function provesByConnection(
  call: Parameters<typeof provesByCertificateName>[0] & { readonly client: RegisteredClient },
): Promise<boolean> {
  switch (call.client.settings.tokenEndpointAuthMethod) {
    case 'tls_client_auth':
      return provesByCertificateName(call)
    case 'self_signed_tls_client_auth':
      return provesByRegisteredCertificate(call)
    case 'none':
      return true
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'private_key_jwt':
    default:
      return false
  }
}

/** The endpoint below its issuer: of a tenant `/t/<tenant>` comes first in the target. */
function pathOf({ request }: Proving): string {
  const [path = ''] = request.exchange.target.split('?', 1)
  return path.slice(Math.max(0, path.lastIndexOf('/oauth/')))
}

const tooManyFailures = (seconds: number): OAuthFailure => ({
  error: 'temporarily_unavailable',
  description: 'Client authentication failed too often; wait.',
  status: 429,
  headers: [['retry-after', String(seconds)]],
})

function report(
  { log, metrics }: Services,
  { tenant, clientId, address }: FailureSubject,
  { mechanism }: PresentedClient,
): void {
  metrics.clientRefused(mechanism)
  const client = LOGGABLE_ID.test(clientId) ? clientId : undefined
  log.info({ tenant, client, address, mechanism }, 'client authentication refused')
}
