import { randomId } from 'countersign'
import type { RegisteredClient } from '../../authorization/request.ts'
import { isDelegable } from '../../checks/delegated-scope.ts'
import { agree } from '../../consents/consent.ts'
import type { ArtefactRecord } from '../../model/authorization.ts'
import type { GrantRecord } from '../../model/records.ts'
import type { Services } from '../../services.ts'
import type { LiveSession } from '../../sessions/read.ts'
import type { Tenant } from '../../tenants/directory.ts'
import { deviceDataOf } from './request.ts'

/** Who decides about which request. */
export interface Decision {
  readonly record: ArtefactRecord
  readonly client: RegisteredClient
  readonly session: LiveSession
  /** Seconds since the epoch. */
  readonly now: number
}

/** Of what a device asks for, what this person can hand on to its client. */
export const delegableScopes = ({
  record,
  client,
  session,
}: Pick<Decision, 'record' | 'client' | 'session'>): readonly string[] => {
  const delegation = { person: session.person, client: client.principal }
  return deviceDataOf(record).scopes.filter((scope) => isDelegable(delegation, scope))
}

/**
 * Gives a device what it asks for: decision, grant, consent and events in one transaction. Of many
 * decisions one wins; false for the others, and where the request has expired.
 */
export function allowDevice(
  { store }: Services,
  tenant: Tenant,
  decision: Decision,
): Promise<boolean> {
  const { record, now } = decision
  const grant = grantOf(tenant, decision)
  const { id, principalId, clientId, scopes, audiences } = grant
  return store.transaction(async (unit) => {
    const { data } = record
    const won = await unit.artefacts.decide(record.id, now, { principalId, grantId: id, data })
    if (!won) return false
    await unit.tokens.insertGrant(grant)
    const before = await unit.consents.find(tenant.id, principalId, clientId)
    const agreed = { tenant: tenant.id, principalId, clientId, scopes, audiences }
    await unit.consents.put(agree(before, agreed, now))
    const event = { tenant: tenant.id, actor: principalId, at: now }
    const given = { scopes, audiences }
    await unit.events.append({ ...event, type: 'consent.given', subject: clientId, data: given })
    const created = { ...given, client: clientId, device: true }
    await unit.events.append({ ...event, type: 'grant.created', subject: id, data: created })
    return true
  })
}

/** Tells a device no, once; false where somebody decided before, or it has expired. */
export function denyDevice(
  { store }: Services,
  tenant: Tenant,
  { record, session, now }: Decision,
): Promise<boolean> {
  const principalId = session.person.id
  return store.transaction(async (unit) => {
    const { id, data, clientId } = record
    if (!(await unit.artefacts.decide(id, now, { principalId, grantId: null, data }))) return false
    await unit.events.append({
      tenant: tenant.id,
      type: 'device.denied',
      actor: principalId,
      subject: clientId,
      data: {},
      at: now,
    })
    return true
  })
}

/**
 * The grant of a device lives as long as its refresh tokens can. It is not bound to the session of
 * the browser: the decision was made there, and the device is somewhere else.
 */
function grantOf({ id: tenant }: Tenant, decision: Decision): GrantRecord {
  const { record, client, session, now } = decision
  const { resources, authorizationDetails } = deviceDataOf(record)
  const { authentication } = session.record
  return {
    tenant,
    id: randomId('grt'),
    clientId: record.clientId,
    principalId: session.person.id,
    scopes: delegableScopes(decision),
    audiences: resources,
    sessionId: null,
    facts: {
      authentication,
      ...(authorizationDetails.length === 0 ? {} : { authorizationDetails }),
    },
    createdAt: now,
    expiresAt: now + grantSeconds(client),
    revokedAt: null,
  }
}

/** How long a grant of a client lives, in seconds. */
export const grantSeconds = ({
  settings: { grantTypes, refreshTokenTtlSeconds, accessTokenTtlSeconds },
}: Pick<RegisteredClient, 'settings'>): number =>
  grantTypes.includes('refresh_token') ? refreshTokenTtlSeconds : accessTokenTtlSeconds
