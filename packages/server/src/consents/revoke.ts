import { ok } from 'countersign'
import type { Actor } from '../credentials/actor.ts'
import { audited, type RegistryContext } from '../credentials/audited.ts'
import { notFound, type Outcome } from '../credentials/refusal.ts'
import type { ConsentRecord } from '../model/authorization.ts'
import { revokeBound } from '../sessions/end.ts'

/** Whose consent, for whom. */
export type Pair = Pick<ConsentRecord, 'tenant' | 'principalId' | 'clientId'>

/** Grants that a list has at most. */
const LISTED = 1000

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
    let ended = 0
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a list has at most a thousand
      const grants = await unit.session.tokens.listGrants(pair)
      // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
      for (const grant of grants) await revokeBound(unit, grant, 'consent revoked')
      ended += grants.length
      if (grants.length < LISTED) break
    }
    if (!had && ended === 0) return notFound('consent')
    await unit.event('consent.revoked', clientId, { person: principalId, grants: ended })
    return ok(ended)
  })
}
