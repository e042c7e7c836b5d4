/** The fence of single uses: what an operator raises when the memory of them has a gap. */
import { ok } from 'countersign'
import type { Actor } from './actor.ts'
import { audited, type RegistryContext } from './audited.ts'
import { invalid, type Outcome } from './refusal.ts'

/**
 * Refuses from now on whatever was signed up to `at`, in every process on the database: what was
 * used between a backup and its loss is forgotten, and would work once more (SR-107). A fence never
 * falls; what is signed after it, the tolerance for clocks included, is accepted as ever.
 *
 * @param at - Seconds since the epoch, not in the future: it would refuse everybody until then.
 */
export const raiseReplayFence = (
  ctx: RegistryContext,
  { tenant, at }: { readonly tenant: string; readonly at?: number | undefined },
  actor: Actor,
): Outcome<{ readonly at: number }> =>
  audited(ctx, { tenant, actor }, async (unit) => {
    const fence = at ?? unit.now
    if (fence > unit.now) return invalid('/at', 'Write a time that has passed, or none for now.')
    await unit.session.replays.raiseFence(fence)
    await unit.event('replay-fence.raised', 'replay-fence', { at: fence })
    return ok({ at: fence })
  })
