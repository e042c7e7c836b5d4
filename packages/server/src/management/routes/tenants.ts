import { ok } from 'countersign'
import { z } from 'zod'
import { notFound } from '../../credentials/refusal.ts'
import { createTenant, revokeTenant } from '../../credentials/tenants.ts'
import type { TenantRecord } from '../../model/records.ts'
import { issuerOf } from '../../tenants/directory.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { shownAs } from './principals.ts'

const Tenant = output(
  'Tenant',
  z.object({
    id: shown.text,
    name: shown.text,
    issuer: shown.text,
    createdAt: shown.time,
    revokedAt: shown.timeOrNull,
  }),
)

const NewTenant = input(
  'NewTenant',
  z.strictObject({
    id: z
      .string()
      .max(63)
      .meta({ description: 'Part of its issuer: lower case, digits, hyphens.' }),
    name: given.name,
  }),
)

const show = (base: string) => (tenant: TenantRecord) => ({
  ...pick(tenant, 'id', 'name', 'createdAt', 'revokedAt'),
  issuer: issuerOf(base, tenant.id),
})

/** Tenants; administered at the default tenant only. */
export const tenantRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/tenants',
    scope: 'countersign:tenants:write',
    summary: 'Make a tenant: its own issuer, principals and credentials',
    defaultTenantOnly: true,
    body: NewTenant,
    response: Tenant,
    status: 201,
    async handle({ ctx, actor, body }) {
      return shownAs(await createTenant(ctx, body, actor), show(ctx.issuer))
    },
  }),
  route({
    method: 'get',
    path: '/v1/tenants',
    scope: 'countersign:tenants:read',
    summary: 'List tenants',
    defaultTenantOnly: true,
    query: z.strictObject({ limit: z.string().optional(), cursor: z.string().optional() }),
    response: output('Tenants', z.object({ items: z.array(Tenant), cursor: z.null() })),
    status: 200,
    async handle({ ctx }) {
      const all = await ctx.store.tenants.list()
      return ok({ items: all.map(show(ctx.issuer)), cursor: null })
    },
  }),
  route({
    method: 'get',
    path: '/v1/tenants/{id}',
    scope: 'countersign:tenants:read',
    summary: 'Show a tenant',
    defaultTenantOnly: true,
    response: Tenant,
    status: 200,
    async handle({ ctx, param }) {
      const tenant = await ctx.store.tenants.find(param('id'))
      return tenant === undefined ? notFound('tenant') : ok(show(ctx.issuer)(tenant))
    },
  }),
  route({
    method: 'delete',
    path: '/v1/tenants/{id}',
    scope: 'countersign:tenants:write',
    summary: 'Revoke a tenant with everything in it, at once and for good',
    defaultTenantOnly: true,
    status: 204,
    async handle({ ctx, actor, param }) {
      return shownAs(await revokeTenant(ctx, { id: param('id') }, actor), () => undefined)
    },
  }),
]
