/** Grants: what a principal was given through a client. Revoking one ends all its tokens. */
import { ok } from 'countersign'
import type { GrantRecord } from '../model/records.ts'
import type { GrantQuery, StoreSession } from '../model/store.ts'
import type { Actor } from './actor.ts'
import type { CredentialRef } from './service-credentials.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { notFound, type Outcome } from './refusal.ts'

/** The grant, revoked or not; never of another tenant. */
export async function findGrant(
  { tokens }: Pick<StoreSession, 'tokens'>,
  { tenant, id }: CredentialRef,
): Outcome<GrantRecord> {
  const grant = await tokens.findGrant(tenant, id)
  return grant === undefined ? notFound('grant') : ok(grant)
}

/** Revokes a grant with its tokens. Idempotent. */
export async function revokeGrant(
  ctx: RegistryContext,
  input: CredentialRef & { readonly reason?: string | undefined },
  actor: Actor,
): Outcome<GrantRecord> {
  const { tenant, id, reason = 'revoked' } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findGrant(unit.session, input)
    if (!found.ok) return found
    if (!(await unit.session.tokens.revokeGrant(tenant, id, unit.now))) return found
    await unit.event('grant.revoked', id, { reason })
    await unit.revoked('grant', id)
    return ok({ ...found.value, revokedAt: unit.now })
  })
}

/**
 * Revokes every grant that a query finds, inside an operation. A list has an end, and a browser that
 * renews in silence has more grants than that: so again, until nothing is left.
 */
export async function revokeListed(
  unit: Unit,
  query: GrantQuery,
  reason: string,
): Promise<readonly GrantRecord[]> {
  const all: GrantRecord[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each list begins where the one before ended
    const grants = await unit.session.tokens.listGrants(query)
    if (grants.length === 0) return all
    // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
    for (const grant of grants) await revokeOne(unit, grant, reason)
    all.push(...grants)
  }
}

/** With event and feed message. */
async function revokeOne(unit: Unit, grant: GrantRecord, reason: string): Promise<void> {
  const { tenant, id } = grant
  if (!(await unit.session.tokens.revokeGrant(tenant, id, unit.now))) return
  await unit.event('grant.revoked', id, { reason })
  await unit.revoked('grant', id)
}
