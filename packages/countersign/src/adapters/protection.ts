import type { Principal } from '../core/principal.ts'
import type { Allowed, Decision } from '../core/decision.ts'
import { assertConfig } from '../core/errors.ts'
import type { Guard } from '../core/guard.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { RequestView } from '../core/request.ts'
import { ANY_PRINCIPAL, assertRequirement, type Requirement } from '../core/requirement.ts'

/** What every adapter attaches to its framework's request. */
export interface Caller {
  readonly principal: Principal
  /** Names the decision in logs and for `countersign explain`. */
  readonly decisionId: string
}

/**
 * Binds a guard to the requirement of one route, which is checked and copied now, not at the first
 * request.
 *
 * @throws {@link ConfigError} for no guard, or a requirement that cannot be meant.
 */
export function bind(
  desk: Guard,
  requirement: Requirement = ANY_PRINCIPAL,
): (view: RequestView) => MaybePromise<Decision> {
  assertConfig(
    typeof desk?.check === 'function',
    'CS_CONFIG_GUARD_MISSING',
    'protect: the first argument is no guard; pass what guard({ methods: [...] }) returned',
  )
  assertRequirement(requirement)
  const fixed = requirement === ANY_PRINCIPAL ? requirement : Object.freeze({ ...requirement })
  return (view) => desk.check(view, fixed)
}

/** The caller that an allowed decision names. */
export const callerOf = ({ principal, decisionId }: Allowed): Caller => ({ principal, decisionId })

/**
 * Hands out a principal that must be there.
 *
 * @throws {@link ConfigError} when it is not, which means that no `protect` stands before the
 * handler: a handler that forgot its guard fails, and does not serve.
 */
export function assertPrincipal(principal: Principal | undefined): Principal {
  assertConfig(
    principal !== undefined,
    'CS_CONFIG_ROUTE_UNPROTECTED',
    'principalOf: this request passed no guard; put protect(desk, ...) before the handler',
  )
  return principal
}
