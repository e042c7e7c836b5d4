import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import type { Authentication } from '../../model/grant-facts.ts'
import { openSession } from '../../sessions/open.ts'
import type { Place } from '../place.ts'
import { goOn } from '../sign-in.ts'

/**
 * Somebody comes back to a place from outside. The place was opened by its own browser: only there
 * does what was proven become a session. Undefined where nobody came, or the user was revoked since.
 */
export async function arrive(call: AuthorizationCall, place: Place): Promise<Answer | undefined> {
  const { person: id, at, amr, acr } = place.data.way ?? {}
  if (typeof id !== 'string' || typeof at !== 'number' || place.record.consumedAt !== null) {
    return undefined
  }
  const person = await call.services.store.principals.find(call.tenant.id, id)
  if (person === undefined || person.revokedAt !== null) return undefined
  const authentication: Authentication = {
    at,
    amr: Array.isArray(amr) ? amr.map(String) : [],
    ...(typeof acr === 'string' ? { acr } : {}),
  }
  return goOn(call, place, await openSession(call, { person, authentication }))
}
