import { ok } from 'countersign'
import type { Actor } from '../credentials/actor.ts'
import { audited, type RegistryContext } from '../credentials/audited.ts'
import { revokeListed } from '../credentials/grants.ts'
import { notFound, type Outcome } from '../credentials/refusal.ts'
import type { ConsentRecord } from '../model/authorization.ts'

/** Whose consent, for whom. */
export type Pair = Pick<ConsentRecord, 'tenant' | 'principalId' | 'clientId'>

/**
 * Takes a consent back, with every grant of the pair: state, events and feed messages in one
 * transaction. Also where grants are without a consent, as those of trusted clients. Answers how many
 * grants ended.
 */
export async function revokeConsent(
  ctx: RegistryContext,
  pair: Pair,
  actor: Actor,
): Outcome<number> {
  const { tenant, principalId, clientId } = pair
  return audited(ctx, { tenant, actor }, async (unit) => {
    const had = await unit.session.consents.revoke(pair, unit.now)
    const { length: ended } = await revokeListed(unit, pair, 'consent revoked')
    if (!had && ended === 0) return notFound('consent')
    await unit.event('consent.revoked', clientId, { person: principalId, grants: ended })
    return ok(ended)
  })
}
