import type { RegisteredClient } from '../authorization/request.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** A longer one is not asked of the store. */
const MAX_URL_LENGTH = 1000

/**
 * The client that a document describes. Checks, in order: documents are read here; the operator has
 * not revoked it; URL and host; the document.
 *
 * It has no record until a person grants it something; see `known-client.ts`. Its settings are those
 * of the document as it is now, whatever the record says.
 *
 * @param url - Attacker-controlled.
 */
export async function readMetadataDocument(
  { store, metadataDocuments: documents }: Pick<Services, 'store' | 'metadataDocuments'>,
  tenant: Tenant,
  url: string,
): Promise<RegisteredClient | undefined> {
  if (documents === undefined || url.length > MAX_URL_LENGTH) return undefined
  const known = await store.principals.find(tenant.id, url)
  if (known !== undefined && known.revokedAt !== null) return undefined
  const described = await documents.find(url)
  if (described === undefined) return undefined
  const { name, scopes, settings } = described
  const principal = {
    tenant: tenant.id,
    id: url,
    kind: 'client',
    name,
    username: null,
    scopes,
    metadata: known?.metadata ?? {},
    client: settings,
    createdAt: known?.createdAt ?? 0,
    revokedAt: null,
  } as const
  return { principal, settings }
}
