import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import { Secret } from 'countersign'
import type { AuthorizationCall } from '../authorization/call.ts'
import { pepperRing } from '../credentials/mint.ts'
import type { SessionRecord } from '../model/authorization.ts'
import type { PrincipalRecord } from '../model/records.ts'
import { cookieName, readCookie } from './cookies.ts'
import { expiryOf } from './lifetime.ts'

/** The environment of session secrets: `cs_ss_…`. */
export const SESSION_ENVIRONMENT = 'ss'

/** Somebody who is signed in. */
export interface LiveSession {
  readonly record: SessionRecord
  readonly person: PrincipalRecord
  /** Of the cookie: what tokens of forms are made under. */
  readonly secret: Secret
}

/** A session is marked as used at most this often: a click must not cost a write. */
const TOUCH_SECONDS = 60

/**
 * Who is signed in, in the browser of a request. Checks, in order: one cookie, form and checksum,
 * brand and kind, digest (also for an unknown id, SR-201), tenant, not ended, not over, the person
 * lives.
 *
 * Does not check how long ago the person proved itself: that depends on what is asked.
 */
export async function readSession(call: AuthorizationCall): Promise<LiveSession | undefined> {
  const { services, tenant, exchange, now } = call
  const text = readCookie(exchange, cookieName(call, 'session'))
  const parts = text === undefined ? undefined : parseCredential(text)
  if (text === undefined || parts?.ok !== true) return undefined
  if (parts.value.brand !== services.brand) return undefined
  if (parts.value.environment !== SESSION_ENVIRONMENT) return undefined
  const record = await services.store.sessions.find(parts.value.id)
  const matches = await matchesCredential(pepperRing(services.secrets), record, text)
  if (!matches || record?.tenant !== tenant.id || record.revokedAt !== null) return undefined
  if (record.expiresAt <= now) return undefined
  const person = await services.store.principals.find(tenant.id, record.principalId)
  if (person === undefined || person.revokedAt !== null) return undefined
  await touch(call, record)
  return { record, person, secret: new Secret(text) }
}

async function touch({ services, now }: AuthorizationCall, record: SessionRecord): Promise<void> {
  if (now - record.lastSeenAt < TOUCH_SECONDS) return
  const expiresAt = expiryOf(services.sessions, record, now)
  await services.store.sessions.touch(record.id, { lastSeenAt: now, expiresAt })
}
