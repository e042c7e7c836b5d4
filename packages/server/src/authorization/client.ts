import { readMetadataDocument } from '../registration/metadata-document.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { RegisteredClient } from './request.ts'

/** Ids of registered clients. */
const CLIENT_ID = /^cli_[0-9A-Za-z]{22}$/

/**
 * The client that a request names, if it is registered with this tenant and lives, or if it is the
 * URL of a document that describes it and such documents are read here. It has proven nothing.
 *
 * @param clientId - Attacker-controlled. Anything else than an id or a URL is not asked of the store.
 */
export async function findClient(
  services: Pick<Services, 'store' | 'metadataDocuments'>,
  tenant: Tenant,
  clientId: string,
): Promise<RegisteredClient | undefined> {
  if (clientId.startsWith('https://')) return readMetadataDocument(services, tenant, clientId)
  if (!CLIENT_ID.test(clientId)) return undefined
  const principal = await services.store.principals.find(tenant.id, clientId)
  if (principal?.kind !== 'client' || principal.revokedAt !== null) return undefined
  return principal.client === null ? undefined : { principal, settings: principal.client }
}
