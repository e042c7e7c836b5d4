import { ok } from 'countersign'
import { z } from 'zod'
import { revokeConsent } from '../../consents/revoke.ts'
import type { ConsentRecord } from '../../model/authorization.ts'
import { output } from '../components.ts'
import { given, pageOf, pageQuery, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { shownAs } from './principals.ts'

const Consent = output(
  'Consent',
  z.object({
    principalId: shown.text,
    clientId: shown.text,
    scopes: shown.texts,
    audiences: shown.texts,
    createdAt: shown.time,
    updatedAt: shown.time,
    expiresAt: shown.timeOrNull,
    revokedAt: shown.timeOrNull,
  }),
)

const show = (consent: ConsentRecord) => ({
  ...pick(consent, 'principalId', 'clientId', 'scopes', 'audiences'),
  ...pick(consent, 'createdAt', 'updatedAt', 'expiresAt', 'revokedAt'),
})

/** Consents: what people agreed to, one for each person and client. */
export const consentRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/consents',
    scope: 'countersign:users:read',
    summary: 'List what people agreed to, newest first',
    query: pageQuery.extend({ principalId: given.id.optional(), clientId: given.id.optional() }),
    response: output('ConsentsPage', pageOf(Consent)),
    status: 200,
    async handle({ ctx, tenant, query: { principalId, clientId, ...page } }) {
      const { items, cursor } = await ctx.store.consents.list({
        tenant,
        ...page,
        ...(principalId === undefined ? {} : { principalId }),
        ...(clientId === undefined ? {} : { clientId }),
      })
      return ok({ items: items.map(show), cursor })
    },
  }),
  route({
    method: 'delete',
    path: '/v1/consents/{principalId}/{clientId}',
    scope: 'countersign:users:write',
    summary: 'Take a consent back, with every grant of the person and the client',
    status: 204,
    async handle({ ctx, tenant, actor, param }) {
      const pair = { tenant, principalId: param('principalId'), clientId: param('clientId') }
      return shownAs(await revokeConsent(ctx, pair, actor), () => undefined)
    },
  }),
]
