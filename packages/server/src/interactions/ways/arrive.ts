import type { Answer } from 'countersign'
import type { AuthorizationCall } from '../../authorization/call.ts'
import type { Authentication } from '../../model/grant-facts.ts'
import { openSession } from '../../sessions/open.ts'
import { browserDigest } from '../browser.ts'
import type { Place } from '../place.ts'
import { goOn } from '../sign-in.ts'

/**
 * Somebody comes back to a place from outside. The place was opened by its own browser, and `arrival`
 * shows that this very browser brought the proof: only then does it become a session. Without the
 * second, whoever has somebody else follow a link with the place of its own would be signed in as
 * that person. Undefined where nobody came, or the user was revoked since.
 *
 * @param arrival - What the browser was sent on with. Attacker-controlled.
 */
export async function arrive(
  call: AuthorizationCall,
  place: Place,
  arrival: string | undefined,
): Promise<Answer | undefined> {
  const { person: id, at, amr, acr, arrival: digest } = place.data.way ?? {}
  if (arrival === undefined || browserDigest(arrival) !== digest) return undefined
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
