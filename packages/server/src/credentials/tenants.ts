/** Tenants: each its own issuer, principals and credentials. */
import { ok } from 'countersign'
import type { TenantRecord } from '../model/records.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'
import type { Actor } from './actor.ts'
import { audited, type RegistryContext } from './audited.ts'
import { checkName } from './checks.ts'
import { conflict, invalid, notFound, type Outcome } from './refusal.ts'

/** Part of URLs and of issuers: `https://id.example/t/acme`. */
const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Makes a tenant. The event is in the new tenant's own log. */
export async function createTenant(
  ctx: RegistryContext,
  input: { readonly id: string; readonly name: string },
  actor: Actor,
): Outcome<TenantRecord> {
  const { id, name } = input
  if (!TENANT_ID.test(id)) {
    return invalid('/id', 'Write 1 to 63 lower-case letters, digits and inner hyphens.')
  }
  const refused = checkName(name)
  if (refused !== undefined) return refused
  return audited(ctx, { tenant: id, actor }, async (unit) => {
    if ((await unit.session.tenants.find(id)) !== undefined) return conflict('The tenant exists.')
    const record: TenantRecord = { id, name, createdAt: unit.now, revokedAt: null }
    await unit.session.tenants.insert(record)
    await unit.event('tenant.created', id, { name })
    return ok(record)
  })
}

/** Revokes a tenant with everything in it. Idempotent. Not the default one. */
export async function revokeTenant(
  ctx: RegistryContext,
  { id }: { readonly id: string },
  actor: Actor,
): Outcome<TenantRecord> {
  if (id === DEFAULT_TENANT) return conflict('The default tenant cannot be revoked.')
  return audited(ctx, { tenant: id, actor }, async (unit) => {
    const record = await unit.session.tenants.find(id)
    if (record === undefined) return notFound('tenant')
    if (!(await unit.session.tenants.revoke(id, unit.now))) return ok(record)
    await unit.event('tenant.revoked', id)
    await unit.revoked('tenant', id)
    return ok({ ...record, revokedAt: unit.now })
  })
}
