import { ok } from 'countersign'
import { z } from 'zod'
import { verifyChain } from '../../events/verify-chain.ts'
import type { EventRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { pageOf, pageQuery, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'

const Event = output(
  'Event',
  z.object({
    sequence: z.int(),
    type: shown.text,
    actor: shown.text.meta({ description: 'A principal id, cli or system.' }),
    subject: shown.text,
    data: shown.metadata,
    at: shown.time,
    hash: shown.text,
  }),
)

const ChainReport = output(
  'ChainReport',
  z.object({
    intact: z.boolean(),
    events: z.int().nullable(),
    head: z.string().nullable().meta({ description: 'Keep it elsewhere, with its number.' }),
    brokenAt: z.int().nullable(),
    problem: z.string().nullable(),
  }),
)

const VerifyChain = input(
  'VerifyChain',
  z.strictObject({
    anchor: z
      .strictObject({ sequence: z.int().min(1), hash: z.string().max(64) })
      .optional()
      .meta({ description: 'A line that was noted elsewhere: shows a chain rewritten whole.' }),
  }),
)

const show = (event: EventRecord) =>
  pick(event, 'sequence', 'type', 'actor', 'subject', 'data', 'at', 'hash')

/** The audit log. */
export const eventRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/events',
    scope: 'countersign:events:read',
    summary: 'List events, newest first',
    query: pageQuery,
    response: output('EventsPage', pageOf(Event)),
    status: 200,
    async handle({ ctx, tenant, query }) {
      const { items, cursor } = await ctx.store.events.list({ tenant, ...query })
      return ok({ items: items.map(show), cursor })
    },
  }),
  route({
    method: 'post',
    path: '/v1/events/verify',
    scope: 'countersign:events:read',
    summary: 'Check that no line of the audit log was changed or removed',
    // One chain runs through all tenants: how long it is, is nobody's but the operator's.
    defaultTenantOnly: true,
    body: VerifyChain,
    response: ChainReport,
    status: 200,
    async handle({ ctx, body }) {
      const report = await verifyChain(ctx.store.events, body.anchor)
      const nothing = { events: null, head: null, brokenAt: null, problem: null }
      if (!report.intact) {
        const { sequence: brokenAt, problem } = report
        return ok({ ...nothing, intact: false, brokenAt, problem })
      }
      const { events, head } = report
      return ok({ ...nothing, intact: true, events, head: head?.hash ?? null })
    },
  }),
]
