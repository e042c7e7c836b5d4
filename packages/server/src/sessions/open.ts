import type { AuthorizationCall } from '../authorization/call.ts'
import { mintSecret } from '../credentials/mint.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { Authentication } from '../model/grant-facts.ts'
import type { PrincipalRecord } from '../model/records.ts'
import { setCookie } from './cookies.ts'
import { endSession } from './end.ts'
import { sessionLabel } from './label.ts'
import { expiryOf } from './lifetime.ts'
import { readSession, SESSION_ENVIRONMENT, type LiveSession } from './read.ts'

/** Who signed in, and how. */
export interface SignedIn {
  readonly person: PrincipalRecord
  readonly authentication: Authentication
}

/** The session, and the field that hands its secret to the browser. */
export interface OpenedSession extends LiveSession {
  readonly cookie: readonly [string, string]
}

/**
 * Begins a session for a person who has just proven itself. The secret is always a new one: whatever
 * the browser had before, planted or stolen, is worth nothing after (session fixation). The same
 * person keeps the session and its id, so that applications that are bound to it stay signed in;
 * the session of somebody else is ended.
 */
export async function openSession(
  call: AuthorizationCall,
  { person, authentication }: SignedIn,
): Promise<OpenedSession> {
  const before = await readSession(call)
  const renewed = before?.person.id === person.id ? before.record : undefined
  if (before !== undefined && renewed === undefined) {
    const id = before.record.id
    await endSession(call.services, call.tenant, { id, actor: person.id, reason: 'switched' })
  }
  const minted = await mintSecret(call.services, SESSION_ENVIRONMENT, renewed?.id)
  const record = await write(call, { person, authentication, renewed, ...minted })
  // It was ended meanwhile, and is not brought back.
  if (record === undefined) return openSession(call, { person, authentication })
  const cookie = setCookie(call, 'session', minted.secret.reveal())
  return { record, person, secret: minted.secret, cookie }
}

interface Opening extends SignedIn, Pick<SessionRecord, 'id' | 'digest' | 'pepperVersion'> {
  readonly renewed: SessionRecord | undefined
}

/** State and event in one transaction; undefined where the session to renew has ended. */
function write(
  { services, tenant, exchange, now }: AuthorizationCall,
  { person, authentication, renewed, id, digest, pepperVersion }: Opening,
): Promise<SessionRecord | undefined> {
  const createdAt = renewed?.createdAt ?? now
  const expiresAt = expiryOf(services.sessions, { createdAt, authentication }, now)
  const record: SessionRecord = {
    tenant: tenant.id,
    id,
    digest,
    pepperVersion,
    principalId: person.id,
    authentication,
    label: sessionLabel(exchange.header('user-agent')[0]),
    createdAt,
    lastSeenAt: now,
    expiresAt,
    revokedAt: null,
  }
  return services.store.transaction(async (session) => {
    if (renewed === undefined) await session.sessions.insert(record)
    else if (!(await session.sessions.authenticate(id, record))) return undefined
    await session.events.append({
      tenant: tenant.id,
      type: 'session.started',
      actor: person.id,
      subject: id,
      data: { methods: authentication.amr, renewed: renewed !== undefined },
      at: now,
    })
    return record
  })
}
