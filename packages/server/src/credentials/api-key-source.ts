import { coversScope } from 'countersign'
import type { ApiKeyRecord, ApiKeySource } from 'countersign/api-key'
import type { CredentialRecord, PrincipalRecord, TenantRecord } from '../model/records.ts'
import type { RegistryContext } from './audited.ts'
import { pepperRing } from './mint.ts'

/** A table of keys, as the library's `apiKey` asks one. */
export type ApiKeyRecords = Extract<ApiKeySource, { kind: 'records' }>

/**
 * API keys of this authority, for the library's `apiKey`. A key is what it is together with its
 * owner: it falls with its service and its tenant, and does no more than the service may now.
 *
 * @param tenant - Only the keys of this tenant; another's is unknown. Every tenant's when absent:
 * for guards that look at `principal.tenant` themselves.
 */
export function apiKeySource(
  ctx: Pick<RegistryContext, 'store' | 'secrets'>,
  tenant?: string,
): ApiKeyRecords {
  return {
    kind: 'records',
    peppers: pepperRing(ctx.secrets),
    find: async (id) => {
      const credential = await ctx.store.credentials.find(id)
      if (credential?.kind !== 'api_key') return undefined
      if (tenant !== undefined && credential.tenant !== tenant) return undefined
      const [owner, home] = await Promise.all([
        ctx.store.principals.find(credential.tenant, credential.principalId),
        ctx.store.tenants.find(credential.tenant),
      ])
      return owner === undefined || home === undefined
        ? undefined
        : recordOf(credential, owner, home)
    },
  }
}

function recordOf(
  credential: CredentialRecord,
  owner: PrincipalRecord,
  tenant: TenantRecord,
): ApiKeyRecord {
  return {
    ...credential,
    scopes: credential.scopes.filter((scope) => coversScope(owner.scopes, scope)),
    revokedAt: credential.revokedAt ?? owner.revokedAt ?? tenant.revokedAt,
  }
}
