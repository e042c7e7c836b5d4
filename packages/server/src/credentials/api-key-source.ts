import { coversScope } from 'countersign'
import type { ApiKeyRecord, ApiKeySource } from 'countersign/api-key'
import type { CredentialRecord, PrincipalRecord, TenantRecord } from '../model/records.ts'
import type { RegistryContext } from './audited.ts'
import { pepperRing } from './mint.ts'

/**
 * API keys of this authority, for the library's `apiKey`. A key is what it is together with its
 * owner: it falls with its service and its tenant, and does no more than the service may now.
 */
export function apiKeySource(ctx: Pick<RegistryContext, 'store' | 'secrets'>): ApiKeySource {
  return {
    kind: 'records',
    peppers: pepperRing(ctx.secrets),
    find: async (id) => {
      const credential = await ctx.store.credentials.find(id)
      if (credential?.kind !== 'api_key') return undefined
      const [owner, tenant] = await Promise.all([
        ctx.store.principals.find(credential.tenant, credential.principalId),
        ctx.store.tenants.find(credential.tenant),
      ])
      return owner === undefined || tenant === undefined
        ? undefined
        : recordOf(credential, owner, tenant)
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
