/** Pushed authorization requests (RFC 9126): kept under a name that only their client knows. */
import { openArtefact } from '../artefacts/artefact.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { KeptParameters } from './parameters.ts'

/** RFC 9126 §2.2: what a `request_uri` of ours begins with. */
export const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:'

/** Time for a browser to follow a redirect, in seconds (RFC 9126 §2.2). */
export const PUSHED_SECONDS = 90

/** A pushed request that can be used. */
export interface PushedRequest {
  readonly id: string
  readonly parameters: KeptParameters
  /** Whether its client had signed it (RFC 9101). */
  readonly isSigned: boolean
}

/**
 * Finds a pushed request. Checks, in order: it is one of ours, of this client, unused, not expired.
 * It is used up when a code is issued for it, so that a page that is loaded again still works: what is
 * kept of it outlives its name by the time that a person has.
 *
 * @param requestUri - Attacker-controlled.
 */
export async function findPushedRequest(
  services: Services,
  tenant: Tenant,
  { requestUri, clientId, now }: { requestUri: string; clientId: string; now: number },
): Promise<PushedRequest | undefined> {
  if (!requestUri.startsWith(REQUEST_URI_PREFIX)) return undefined
  const text = requestUri.slice(REQUEST_URI_PREFIX.length)
  const found = await openArtefact(services, { tenant: tenant.id, kind: 'pushed-request' }, text)
  if (found === undefined || found.clientId !== clientId) return undefined
  if (found.consumedAt !== null || found.createdAt + PUSHED_SECONDS <= now) return undefined
  // Written by the endpoint that takes pushed requests, from values of this type.
  const parameters = found.data as unknown as KeptParameters
  return { id: found.id, parameters, isSigned: found.data['isSigned'] === true }
}
