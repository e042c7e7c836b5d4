import { coversScope } from 'countersign'
import { forbidden, type Refused } from './refusal.ts'

/** Who performs an operation: named in the audit log, and the bound of what it may hand out. */
export interface Actor {
  /** A principal id, `cli` or `system`. */
  readonly id: string
  readonly scopes: readonly string[]
}

/** The scopes that administer Countersign itself. */
export const MANAGEMENT_PREFIX = 'countersign:'

/** The operator at the machine: whoever can read the data folder holds everything already. */
export const CLI_ACTOR: Actor = Object.freeze({ id: 'cli', scopes: ['countersign:*'] })

/** The authority itself. */
export const SYSTEM_ACTOR: Actor = Object.freeze({ id: 'system', scopes: ['countersign:*'] })

/**
 * Refuses to hand out (or to renew the secret of) management scopes that the actor does not hold:
 * without this, `countersign:keys:write` would be `countersign:*` in two requests.
 */
export function checkEscalation(actor: Actor, scopes: readonly string[]): Refused | undefined {
  const missing = scopes.find(
    (scope) =>
      (scope.startsWith(MANAGEMENT_PREFIX) || scope === 'countersign') &&
      !coversScope(actor.scopes, scope),
  )
  if (missing === undefined) return undefined
  return forbidden(`The caller does not hold ${missing}, and so cannot hand it out.`)
}
