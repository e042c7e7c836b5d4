import { assertConfig } from './errors.ts'
import type { Attempt } from './method.ts'
import { isSenderConstrained, type MethodName, type Principal } from './principal.ts'
import { assertScopes, missingScope } from './scope.ts'
import type { Trace } from './trace.ts'
import { rejected, type Rejected } from './verdict.ts'

/** What a route asks of a principal that has already been authenticated. Absent means not asked. */
export interface Requirement {
  /** Every one of these scopes must be covered. */
  readonly scopes?: readonly string[]
  /** Only these methods are good enough. */
  readonly methods?: readonly MethodName[]
  /** Only these kinds of principal. */
  readonly principals?: readonly Principal['type'][]
  /**
   * The request must prove possession of a key: by a token or API key that is bound to one (`cnf`), a
   * client certificate, or a signature. A bearer credential, which whoever sees it can use, does not do.
   */
  readonly senderConstrained?: boolean
  /** Seconds since the proof was made, at the most. */
  readonly maxAuthenticationAgeSeconds?: number
  /**
   * How the person must have signed in: the token's `acr` is one of these, the best liked first. A
   * caller without `acr` does not meet it.
   */
  readonly acr?: readonly string[]
  /** Every one of these must be in the token's `amr` (RFC 8176): `['mfa']`. */
  readonly amr?: readonly string[]
  /** Units that a request of this route costs its limits. @defaultValue 1 */
  readonly cost?: number
}

/** Nothing beyond a good credential. */
export const ANY_PRINCIPAL: Requirement = Object.freeze({})

type Kind = 'list' | 'boolean' | 'positive number' | 'whole number'

const OPTIONS: Readonly<Record<keyof Requirement, Kind>> = {
  scopes: 'list',
  methods: 'list',
  principals: 'list',
  senderConstrained: 'boolean',
  maxAuthenticationAgeSeconds: 'positive number',
  acr: 'list',
  amr: 'list',
  cost: 'whole number',
}

/**
 * Throws a ConfigError for a requirement that cannot be meant. For construction time. A misspelt
 * option is one: `scope` for `scopes` would leave a route open to every principal.
 */
export function assertRequirement(requirement: Requirement): void {
  for (const [name, value] of Object.entries(requirement)) {
    // Object.hasOwn, because the name may be that of a method every object has.
    const kind = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof Requirement] : undefined
    assertConfig(
      kind !== undefined,
      'CS_CONFIG_REQUIREMENT_UNKNOWN',
      `requirement: "${name}" is no option; there are ${Object.keys(OPTIONS).join(', ')}`,
    )
    assertConfig(
      value === undefined || isOfKind(value, kind),
      'CS_CONFIG_REQUIREMENT_INVALID',
      `requirement.${name} is ${typeof value}; it wants a ${kind}`,
    )
  }
  assertScopes(requirement.scopes ?? [], 'requirement.scopes')
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === 'list')
    return Array.isArray(value) && value.every((item) => typeof item === 'string')
  if (kind === 'boolean') return typeof value === 'boolean'
  if (kind === 'whole number') return Number.isSafeInteger(value) && Number(value) >= 0
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

/**
 * Decides whether a principal meets a requirement. Checks, in order: method, kind of principal,
 * sender constraint, freshness, strength (acr, amr), scopes. The first failure decides.
 *
 * @returns the rejection, or undefined when everything is met.
 */
export function checkRequirement(
  requirement: Requirement,
  principal: Principal,
  attempt: Pick<Attempt, 'now' | 'trace'>,
): Rejected | undefined {
  if (requirement === ANY_PRINCIPAL) return undefined
  return (
    checkKind(requirement, principal, attempt.trace) ??
    checkProof(requirement, principal, attempt) ??
    checkStrength(requirement, principal, attempt.trace) ??
    checkScopes(requirement, principal, attempt.trace)
  )
}

function checkKind(
  { methods, principals }: Requirement,
  principal: Principal,
  trace: Trace | undefined,
): Rejected | undefined {
  if (methods !== undefined) {
    const allowed = methods.includes(principal.method)
    trace?.check('permission.method', allowed, methods, principal.method)
    if (!allowed) return rejected('permission.method-denied', { method: principal.method })
  }
  if (principals !== undefined) {
    const allowed = principals.includes(principal.type)
    trace?.check('permission.principal', allowed, principals, principal.type)
    if (!allowed) return rejected('permission.principal-denied', { type: principal.type })
  }
  return undefined
}

function checkProof(
  { senderConstrained, maxAuthenticationAgeSeconds: maxAge }: Requirement,
  principal: Principal,
  { now, trace }: Pick<Attempt, 'now' | 'trace'>,
): Rejected | undefined {
  if (senderConstrained === true) {
    const bound = isSenderConstrained(principal)
    trace?.check('permission.sender-constraint', bound, true, bound)
    if (!bound) return rejected('permission.sender-constraint-missing')
  }
  if (maxAge !== undefined) {
    const age = now - principal.authenticatedAt
    trace?.check('permission.authentication-age', age <= maxAge, maxAge, age)
    if (age > maxAge) return rejected('permission.authentication-too-old', { age, maxAge })
  }
  return undefined
}

/** RFC 9470: the claims are those of the token, which the issuer vouches for. */
function checkStrength(
  { acr, amr }: Requirement,
  { claims }: Principal,
  trace: Trace | undefined,
): Rejected | undefined {
  if (acr !== undefined) {
    const claimed = claims['acr']
    const strong = typeof claimed === 'string' && acr.includes(claimed)
    trace?.check('permission.acr', strong, acr, typeof claimed === 'string' ? claimed : undefined)
    if (!strong) return rejected('permission.authentication-insufficient', { acr })
  }
  if (amr !== undefined) {
    const claimed: readonly unknown[] = Array.isArray(claims['amr']) ? claims['amr'] : []
    const used = amr.every((method) => claimed.includes(method))
    trace?.check('permission.amr', used, amr, claimed.map(String))
    if (!used) return rejected('permission.authentication-insufficient', { amr })
  }
  return undefined
}

function checkScopes(
  { scopes }: Requirement,
  principal: Principal,
  trace: Trace | undefined,
): Rejected | undefined {
  if (scopes === undefined) return undefined
  const missing = missingScope(principal.scopes, scopes)
  trace?.check('permission.scope', missing === undefined, scopes, principal.scopes)
  if (missing === undefined) return undefined
  return rejected('permission.scope-missing', { missing, required: scopes })
}
