import { ok } from 'countersign'
import { audited } from '../credentials/audited.ts'
import { revokeListed } from '../credentials/grants.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { GrantRecord } from '../model/records.ts'
import { notifyLogout } from '../oidc/backchannel.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** Which session ends, and who ended it. */
export interface Ending {
  readonly id: string
  /** A principal id, or `system`. */
  readonly actor: string
  /** A word for the audit log: `signed-out`, `ended-elsewhere`, `switched`. */
  readonly reason: string
}

/** What ended. */
export interface EndedSession {
  readonly session: SessionRecord
  /** Grants that were bound to it, and were revoked with it. */
  readonly grants: readonly GrantRecord[]
}

/**
 * Ends a session with the grants that are bound to it: state, events and feed messages in one
 * transaction, so that access tokens of these grants are refused within the staleness of the feed.
 * Grants with `offline_access` are not bound, and stay. Applications that asked for it are told, by the
 * back channel. Undefined for a session that had ended.
 */
export async function endSession(
  services: Services,
  tenant: Tenant,
  { id, actor, reason }: Ending,
): Promise<EndedSession | undefined> {
  const audit = { tenant: tenant.id, actor: { id: actor, scopes: [] } }
  const done = await audited(services, audit, async (unit) => {
    const session = await unit.session.sessions.find(id)
    if (session?.tenant !== tenant.id) return ok(undefined)
    if (!(await unit.session.sessions.revoke(id, unit.now))) return ok(undefined)
    await unit.event('session.ended', id, { person: session.principalId, reason })
    const ofSession = { tenant: tenant.id, sessionId: id }
    return ok({ session, grants: await revokeListed(unit, ofSession, 'session ended') })
  })
  const ended = done.ok ? done.value : undefined
  // Nobody waits for it: the applications answer when they do, or not at all.
  if (ended !== undefined) void notifyLogout(services, tenant, ended)
  return ended
}
