import { ok } from 'countersign'
import { z } from 'zod'
import { findGrant, revokeGrant } from '../../credentials/grants.ts'
import { invalid } from '../../credentials/refusal.ts'
import type { GrantRecord } from '../../model/records.ts'
import { output } from '../components.ts'
import { given, shown } from '../fields.ts'
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
    sessionId: shown.textOrNull.meta({ description: 'It ends with this session.' }),
    createdAt: shown.time,
    expiresAt: shown.timeOrNull,
    revokedAt: shown.timeOrNull,
  }),
)

const show = (grant: GrantRecord) => ({
  ...pick(grant, 'id', 'clientId', 'principalId', 'scopes', 'audiences', 'sessionId'),
  ...pick(grant, 'createdAt', 'expiresAt', 'revokedAt'),
})

/** Grants: what a principal was given through a client. */
export const grantRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/grants',
    scope: 'countersign:clients:read',
    summary: 'List the living grants of a principal, of a client, or of both',
    query: z.strictObject({ principalId: given.id.optional(), clientId: given.id.optional() }),
    response: output('Grants', z.object({ items: z.array(Grant).max(1000).readonly() })),
    status: 200,
    async handle({ ctx, tenant, query: { principalId, clientId } }) {
      if (principalId === undefined && clientId === undefined) {
        return invalid('?principalId', 'Name a principal or a client.')
      }
      const items = await ctx.store.tokens.listGrants({
        tenant,
        ...(principalId === undefined ? {} : { principalId }),
        ...(clientId === undefined ? {} : { clientId }),
      })
      return ok({ items: items.map(show) })
    },
  }),
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
