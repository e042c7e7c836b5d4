/** An authorization request that waits for a person. */
import type { AuthorizationCall } from '../authorization/call.ts'
import { findClient } from '../authorization/client.ts'
import type { AskedRequest } from '../authorization/request.ts'
import type { Place } from './place.ts'

/** A request under way, opened by its browser. */
export interface Interaction extends Place {
  readonly asked: AskedRequest
}

/** The request that brought a person to a place; undefined where its client was revoked since. */
export async function interactionAt(
  { services, tenant }: AuthorizationCall,
  place: Place,
): Promise<Interaction | undefined> {
  const { request, pushedId } = place.data
  const client = await findClient(services, tenant, place.record.clientId)
  if (client === undefined || request === null) return undefined
  return { ...place, asked: { client, request, pushedId: pushedId ?? undefined } }
}
