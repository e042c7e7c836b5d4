import { z } from 'zod'
import { findGrant, revokeGrant } from '../../credentials/grants.ts'
import type { GrantRecord } from '../../model/records.ts'
import { output } from '../components.ts'
import { shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { shownAs } from './principals.ts'

const Grant = output(
  'Grant',
  z.object({
    id: shown.text,
    clientId: shown.text,
    principalId: shown.text,
    scopes: shown.texts,
    audiences: shown.texts,
    createdAt: shown.time,
    expiresAt: shown.timeOrNull,
    revokedAt: shown.timeOrNull,
  }),
)

const show = (grant: GrantRecord) => ({
  ...pick(grant, 'id', 'clientId', 'principalId', 'scopes', 'audiences'),
  ...pick(grant, 'createdAt', 'expiresAt', 'revokedAt'),
})

/** Grants: what a principal was given through a client. */
export const grantRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/grants/{id}',
    scope: 'countersign:clients:read',
    summary: 'Show a grant',
    response: Grant,
    status: 200,
    async handle({ ctx, tenant, param }) {
      const found = await findGrant(ctx.store, { tenant, id: param('id') })
      return shownAs(found, show)
    },
  }),
  route({
    method: 'delete',
    path: '/v1/grants/{id}',
    scope: 'countersign:clients:write',
    summary: 'Revoke a grant with all its tokens',
    status: 204,
    async handle({ ctx, tenant, actor, param }) {
      return shownAs(await revokeGrant(ctx, { tenant, id: param('id') }, actor), () => undefined)
    },
  }),
]
