import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { RegisteredClient } from './request.ts'

/** Ids of registered clients; anything else is not asked of the store. */
const CLIENT_ID = /^cli_[0-9A-Za-z]{22}$/

/**
 * The client that a request names, if it is registered with this tenant and lives. It has proven
 * nothing.
 *
 * @param clientId - Attacker-controlled.
 */
export async function findClient(
  { store }: Pick<Services, 'store'>,
  tenant: Tenant,
  clientId: string,
): Promise<RegisteredClient | undefined> {
  if (!CLIENT_ID.test(clientId)) return undefined
  const principal = await store.principals.find(tenant.id, clientId)
  if (principal?.kind !== 'client' || principal.revokedAt !== null) return undefined
  return principal.client === null ? undefined : { principal, settings: principal.client }
}
