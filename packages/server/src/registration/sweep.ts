import { ok } from 'countersign'
import { SYSTEM_ACTOR } from '../credentials/actor.ts'
import { audited, type RegistryContext } from '../credentials/audited.ts'

/** Rows removed in one transaction. */
const SWEEP_BATCH = 50

/** Removes registrations that nobody used; answers how many. Verifiers hear of each. */
export async function sweepRegistrations(ctx: RegistryContext, before: number): Promise<number> {
  const unused = await ctx.store.registrations.listUnused(before, SWEEP_BATCH)
  for (const { tenant, clientId } of unused) {
    // oxlint-disable-next-line no-await-in-loop -- small transactions, so that requests come between
    await audited(ctx, { tenant, actor: SYSTEM_ACTOR }, async (unit) => {
      await unit.session.registrations.remove({ tenant, clientId })
      await unit.event('client.removed', clientId, { reason: 'unused' })
      await unit.revoked('client', clientId)
      return ok(undefined)
    })
  }
  return unused.length
}
