import type { Guard } from 'countersign'
import { makeDesk } from '../desk/desk.ts'
import type { Services } from '../services.ts'

/** Finds the guard that decides described requests. */
export type DeskOf = (tenant: string, audiences: readonly string[]) => Guard

/** Each keeps leases of its own; callers name audiences, so their number is bounded. */
const MAX_DESKS = 64

/**
 * The desks of `POST /v1/verify`: one for each tenant and audience, made at its first use. The one
 * that was made first leaves first.
 */
export function desks(services: Services): DeskOf {
  const made = new Map<string, Guard>()
  return (tenant, audience) => {
    const name = JSON.stringify([tenant, audience])
    const known = made.get(name)
    if (known !== undefined) return known
    const [oldest] = made.keys()
    if (made.size >= MAX_DESKS && oldest !== undefined) made.delete(oldest)
    const desk = makeDesk(services, { tenant, audience }).guard()
    made.set(name, desk)
    return desk
  }
}
