import { z } from 'zod'
import { raiseReplayFence } from '../../credentials/replay-fence.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { route, type Route } from '../route.ts'

const NewReplayFence = input(
  'NewReplayFence',
  z.strictObject({
    at: given.time.optional().meta({
      description: 'Whatever was signed up to then is refused. Absent: up to now. It never falls.',
    }),
  }),
)

const ReplayFence = output('ReplayFence', z.object({ at: shown.time }))

/** After a backup was restored: signed requests and proofs from before it are refused. */
export const replayFenceRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/replay-fence',
    scope: 'countersign:replay-fence:write',
    summary: 'Refuse what was signed before now, after a backup was restored',
    // One memory for all tenants.
    defaultTenantOnly: true,
    body: NewReplayFence,
    response: ReplayFence,
    status: 200,
    async handle({ ctx, services, tenant, actor, body }) {
      const raised = await raiseReplayFence(ctx, { tenant, at: body.at }, actor)
      // Where the uses are, if that is not the database.
      if (raised.ok) await services.replay.raiseFence(raised.value.at)
      return raised
    },
  }),
]
