import { err, ok, resolveClient, type Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Form } from '../http/form.ts'
import type { PrincipalRecord } from '../model/records.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Services } from '../services.ts'
import type { FailureSubject } from './failures.ts'
import { CLIENT_REQUIRED, presentedClient, type PresentedClient } from './presented.ts'

/** A client that has proven itself by its registered mechanism. */
export interface ProvenClient {
  readonly principal: PrincipalRecord
  readonly settings: ClientSettings
  /** Public id of the secret that it used. */
  readonly credentialId: string
}

/** Unknown client, wrong secret, wrong mechanism: the same bytes (SR-201). */
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
 * this client and address prefix, the secret, the registered mechanism.
 *
 * @throws `UnavailableError` when the store cannot be reached and the client is not in memory.
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) invalid_client
 */
export async function authenticateClient(
  services: Services,
  tenant: string,
  { exchange, form }: { readonly exchange: Exchange; readonly form: Form },
): Promise<Result<ProvenClient, OAuthFailure>> {
  const presented = presentedClient(exchange, form)
  if (!presented.ok) return presented
  const { clientId } = presented.value
  const { address } = resolveClient(exchange, services.proxies)
  const subject = { tenant, clientId, address }
  const nowMs = services.clock()
  const wait = await services.clientFailures.blockedFor(subject, nowMs)
  if (wait > 0) return err(tooManyFailures(wait))
  const proven = await verify(services, tenant, presented.value)
  if (proven !== undefined) {
    services.lastUsed.used(proven.credentialId, Math.floor(nowMs / 1000))
    return ok(proven)
  }
  await services.clientFailures.count(subject, nowMs)
  report(services, subject, presented.value)
  return err(CLIENT_INVALID)
}

async function verify(
  services: Services,
  tenant: string,
  { mechanism, clientId, secret }: PresentedClient,
): Promise<ProvenClient | undefined> {
  const proven = await services.verifyClientSecret({ tenant, clientId, secret })
  const settings = proven?.client.client
  // Checked after the secret: the registered mechanism is nobody's business but the client's.
  if (proven === undefined || settings?.tokenEndpointAuthMethod !== mechanism) return undefined
  return { principal: proven.client, settings, credentialId: proven.credentialId }
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
