import type { MaybePromise } from 'countersign'
import type { TenantStore } from '../model/store.ts'

/** A live tenant, as requests meet it. */
export interface Tenant {
  readonly id: string
  /** Exact issuer identifier: `<base>` for `default`, `<base>/t/<id>` for the others. */
  readonly issuer: string
}

/** Finds tenants by id. */
export interface TenantDirectory {
  /** The tenant, if it exists and lives. @param id - Attacker-controlled. */
  find(id: string): MaybePromise<Tenant | undefined>
  /** Forgets one tenant: the feed named it. */
  forget(id: string): void
}

/** The tenant that is there from the start. */
export const DEFAULT_TENANT = 'default'

const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** The issuer identifier of a tenant. */
export const issuerOf = (base: string, tenant: string): string =>
  tenant === DEFAULT_TENANT ? base : `${base}/t/${tenant}`

/** Makes a directory that remembers the tenants that exist: their number bounds its memory. */
export function tenantDirectory(base: string, store: TenantStore): TenantDirectory {
  const known = new Map<string, Tenant>()
  const load = async (id: string): Promise<Tenant | undefined> => {
    const record = await store.find(id)
    if (record === undefined || record.revokedAt !== null) return undefined
    const tenant = Object.freeze({ id, issuer: issuerOf(base, id) })
    known.set(id, tenant)
    return tenant
  }
  return {
    find: (id) => known.get(id) ?? (TENANT_ID.test(id) ? load(id) : undefined),
    forget: (id) => {
      known.delete(id)
    },
  }
}
