/** Grants: what a principal was given through a client. Revoking one ends all its tokens. */
import { ok } from 'countersign'
import type { GrantRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import type { Actor } from './actor.ts'
import type { CredentialRef } from './service-credentials.ts'
import { audited, type RegistryContext } from './audited.ts'
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
