import {
  authenticate,
  failureDemand,
  openAttempt,
  type Authentication,
  type Opened,
} from './authenticate.ts'
import type { Decision, DecisionRecord, Preflight, Refused } from './decision.ts'
import { UnavailableError } from './errors.ts'
import { resolveGuard, type GuardOptions, type ResolvedGuard } from './guard-options.ts'
import type { LimitDemand, LimitOutcome, LimitState } from './limits.ts'
import { map, type MaybePromise } from './maybe.ts'
import type { Challenge, Method } from './method.ts'
import type { Principal } from './principal.ts'
import { randomId } from './random.ts'
import { withResource, type ProtectedResource } from './protected-resource.ts'
import { reasonOf, type ReasonCode } from './reasons.ts'
import { isPreflight, pathOf, type RequestView } from './request.ts'
import { ANY_PRINCIPAL, checkRequirement, type Requirement } from './requirement.ts'
import { Trace } from './trace.ts'
import type { Field } from './field.ts'
import { rejected, type Accepted, type Rejected } from './verdict.ts'

/** Decides requests. Make one per API, and let the adapters ask it. */
export interface Guard {
  /**
   * Decides one request. Checks, in order: network allow-list, web origin, failed attempts,
   * authentication, requirement, limits. A refused request is charged to no limit. Requests for the
   * metadata of the resource are answered before all of it.
   *
   * Always await it: the answer is a promise whenever a method had to ask elsewhere.
   */
  check(view: RequestView, requirement?: Requirement): MaybePromise<Decision>
  /** One challenge per accepted scheme, for `WWW-Authenticate`. */
  readonly challenges: readonly Challenge[]
  /** The protection space. */
  readonly realm: string
  /** What the API is to OAuth clients, where it says so. Its `paths` are for the router. */
  readonly resource?: ProtectedResource | undefined
}

const PREFLIGHT: Preflight = Object.freeze({ outcome: 'preflight' })
const NO_LIMITS: readonly LimitState[] = Object.freeze([])
const NO_FIELDS: readonly Field[] = Object.freeze([])

/**
 * Makes a guard from methods, limits and networks.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const desk = guard({ methods: [jwt({ issuer, audience, algorithms: ['ES256'], keys })] })
 * const decision = await desk.check(view, { scopes: ['orders:read'] })
 * ```
 */
export function guard(options: GuardOptions): Guard {
  const policy = resolveGuard(options)
  return Object.freeze({
    check: (view: RequestView, requirement: Requirement = ANY_PRINCIPAL) =>
      policy.publish(view) ?? (isPreflight(view) ? PREFLIGHT : decide(policy, view, requirement)),
    challenges: withResource(distinctChallenges(policy.methods), policy.resource),
    realm: policy.realm,
    resource: policy.resource,
  })
}

/** One decision on its way. */
interface Run extends Opened {
  readonly policy: ResolvedGuard
  readonly requirement: Requirement
  readonly decisionId: string
}

function decide(
  policy: ResolvedGuard,
  view: RequestView,
  requirement: Requirement,
): MaybePromise<Decision> {
  const trace = policy.onDecision === undefined ? undefined : new Trace()
  const { attempt, malformed, nowMs } = openAttempt(policy, view, trace)
  const decisionId = randomId('dec')
  const run: Run = { attempt, malformed, nowMs, policy, requirement, decisionId }
  try {
    const decision = map(authenticate(policy, run), (authentication) =>
      conclude(run, authentication),
    )
    return decision instanceof Promise
      ? decision.catch((error: unknown) => unavailable(run, error))
      : decision
  } catch (error) {
    return unavailable(run, error)
  }
}

/** Fail closed: a control that is down answers 503. Any other error is a bug, and stays one. */
function unavailable(run: Run, error: unknown): Decision {
  if (!(error instanceof UnavailableError)) throw error
  run.attempt.trace?.check(error.control, false, 'reachable', error.message)
  const { control, retryAfterSeconds } = error
  return refuse(run, rejected('request.unavailable', { control, retryAfterSeconds }), {
    presented: true,
  })
}

function conclude(run: Run, { verdict, presented }: Authentication): MaybePromise<Decision> {
  const { attempt } = run
  if (verdict.outcome === 'absent') {
    const reason = presented ? 'request.unsupported-credential' : 'request.credential-missing'
    attempt.trace?.check(
      'request.credential',
      false,
      run.policy.methods.map(({ name }) => name),
    )
    return refuse(run, rejected(reason), { presented })
  }
  if (verdict.outcome === 'rejected') {
    const demands =
      reasonOf(verdict.reason).status === 401 ? failureDemand(run.policy, attempt) : []
    const settle = (): Decision => refuse(run, verdict, { presented })
    return demands.length === 0 ? settle() : map(run.policy.store.take(demands, run.nowMs), settle)
  }
  const { operationScopes } = run.policy
  if (operationScopes === undefined) return admit(run, verdict)
  return map(operationScopes(attempt.view), (asked) => {
    if ('outcome' in asked) {
      return refuse(run, asked, { presented, principal: verdict.principal })
    }
    return admit({ ...run, requirement: withScopes(run.requirement, asked) }, verdict)
  })
}

/** RFC 6750 §3.1, MCP: a challenge names all that the operation needs, not what is missing of it. */
const withScopes = (requirement: Requirement, asked: readonly string[]): Requirement =>
  asked.length === 0
    ? requirement
    : { ...requirement, scopes: [...new Set([...(requirement.scopes ?? []), ...asked])] }

function admit(run: Run, verdict: Accepted): MaybePromise<Decision> {
  const { principal } = verdict
  const unmet = checkRequirement(run.requirement, principal, run.attempt)
  if (unmet !== undefined) return refuse(run, unmet, { presented: true, principal })
  const demands = limitDemands(run, verdict)
  if (demands.length === 0) return allow(run, verdict, NO_LIMITS)
  return map(run.policy.store.take(demands, run.nowMs), (outcome) => charge(run, verdict, outcome))
}

function limitDemands(
  { policy, requirement }: Run,
  { principal, limits }: Accepted,
): LimitDemand[] {
  if (limits === undefined && policy.perPrincipal.length === 0) return []
  const cost = requirement.cost ?? 1
  const { tenant, credentialId, id } = principal
  return [
    ...(limits ?? []).map((limit) => ({
      policy: limit,
      key: `${tenant}/credential:${credentialId}`,
      cost,
    })),
    ...policy.perPrincipal.map((limit) => ({
      policy: limit,
      key: `${tenant}/principal:${id}`,
      cost,
    })),
  ]
}

function charge(run: Run, verdict: Accepted, outcome: LimitOutcome): Decision {
  const { allowed, states, degraded } = outcome
  if (degraded !== undefined) run.attempt.trace?.check('limit.store', false, 'reachable', degraded)
  const full = states.find(({ retryAfterSeconds }) => retryAfterSeconds > 0)
  run.attempt.trace?.check('limit', allowed, full?.policy.limit, full?.policy.name)
  if (allowed) return allow(run, verdict, states)
  const retryAfterSeconds = Math.max(1, ...states.map((state) => state.retryAfterSeconds))
  const detail = { limit: full?.policy.name ?? 'unknown', retryAfterSeconds }
  return refuse(run, rejected('limit.exceeded', detail), {
    presented: true,
    principal: verdict.principal,
    limits: states,
  })
}

function allow(
  run: Run,
  { principal, fields = NO_FIELDS }: Accepted,
  limits: readonly LimitState[],
): Decision {
  if (run.policy.onDecision !== undefined) {
    run.policy.onDecision({ ...recordOf(run, principal), outcome: 'allowed' })
  }
  return { outcome: 'allowed', decisionId: run.decisionId, principal, limits, fields }
}

/** What is known of a caller when it is refused. */
interface Bearing {
  readonly presented: boolean
  readonly principal?: Principal
  readonly limits?: readonly LimitState[]
}

function refuse(
  run: Run,
  { reason, detail, fields = NO_FIELDS }: Rejected,
  { presented, principal, limits = NO_LIMITS }: Bearing,
): Refused {
  run.policy.onDecision?.({ ...recordOf(run, principal), outcome: 'refused', reason, detail })
  const wait = detail['retryAfterSeconds']
  return {
    outcome: 'refused',
    decisionId: run.decisionId,
    reason,
    detail,
    presented,
    requiredScopes: run.requirement.scopes ?? [],
    ...requiredAuthentication(reason, run.requirement),
    retryAfterSeconds: typeof wait === 'number' ? Math.ceil(wait) : 0,
    limits,
    fields,
    at: run.attempt.now,
  }
}

function requiredAuthentication(
  reason: ReasonCode,
  { acr, maxAuthenticationAgeSeconds: maxAgeSeconds }: Requirement,
): Pick<Refused, 'authentication'> {
  if (reasonOf(reason).error !== 'insufficient_user_authentication') return {}
  return { authentication: { acr, maxAgeSeconds } }
}

function recordOf(run: Run, principal: Principal | undefined): Omit<DecisionRecord, 'outcome'> {
  const { attempt, decisionId, nowMs } = run
  const who =
    principal === undefined
      ? {}
      : {
          method: principal.method,
          tenant: principal.tenant,
          principalId: principal.id,
          credentialId: principal.credentialId,
        }
  const { method, authority, target } = attempt.view
  const { clientAddress, trace } = attempt
  const client = clientAddress === undefined ? {} : { clientAddress }
  const request = { method, authority, path: pathOf(target), ...client }
  return { decisionId, atMs: nowMs, ...who, request, checks: trace?.checks ?? [] }
}

const challengesOf = ({ challenge, alternatives = [] }: Method): readonly Challenge[] => [
  challenge,
  ...alternatives,
]

function distinctChallenges(methods: readonly Method[]): readonly Challenge[] {
  const byScheme = new Map<string, Challenge>()
  for (const challenge of methods.flatMap(challengesOf)) {
    if (!byScheme.has(challenge.scheme)) byScheme.set(challenge.scheme, challenge)
  }
  return [...byScheme.values()]
}
