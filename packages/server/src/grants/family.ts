import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { revokeGrant } from '../credentials/grants.ts'
import type { GrantRecord, PrincipalRecord } from '../model/records.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** A grant that can still be used, and whose it is. */
export interface LivingGrant {
  readonly grant: GrantRecord
  readonly person: PrincipalRecord
}

/**
 * The grant of a code or refresh token, while it can still be used: not revoked or over, its person
 * not revoked.
 */
export async function livingGrant(
  { store }: Pick<Services, 'store'>,
  tenant: Tenant,
  { grantId, now }: { readonly grantId: string | null; readonly now: number },
): Promise<LivingGrant | undefined> {
  const grant = grantId === null ? undefined : await store.tokens.findGrant(tenant.id, grantId)
  if (grant === undefined || grant.revokedAt !== null) return undefined
  if (grant.expiresAt !== null && grant.expiresAt <= now) return undefined
  const person = await store.principals.find(tenant.id, grant.principalId)
  return person === undefined || person.revokedAt !== null ? undefined : { grant, person }
}

/**
 * Ends a family whose code or refresh token was used twice: whoever holds the other copy is not
 * known, so neither keeps anything. Grant, event and feed message commit together (SR-015, SR-022).
 */
export async function revokeFamily(
  services: Services,
  tenant: Tenant,
  { grantId, reason }: { readonly grantId: string; readonly reason: string },
): Promise<void> {
  await revokeGrant(services, { tenant: tenant.id, id: grantId, reason }, SYSTEM_ACTOR)
}
