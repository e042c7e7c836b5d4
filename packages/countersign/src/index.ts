/** The front door of the library: re-exports only. Nobody inside imports it. */
export type { Clock } from './core/clock.ts'
export type {
  Allowed,
  Decision,
  DecisionRecord,
  Preflight,
  Published,
  Refused,
  RequiredAuthentication,
} from './core/decision.ts'
export { checkConfirmation, type Binding } from './core/confirmation.ts'
export { assertConfig, BodyConsumedError, ConfigError, UnavailableError } from './core/errors.ts'
export type { Field } from './core/field.ts'
export { guard, type Guard } from './core/guard.ts'
export type { GuardLimits, GuardOptions, OperationScopes } from './core/guard-options.ts'
export { LeaseCache, type Leased, type LeaseOptions } from './core/lease.ts'
export type {
  LimitDemand,
  LimitOutcome,
  LimitPolicy,
  LimitState,
  LimitStore,
} from './core/limits.ts'
export {
  assertCost,
  chargeAll,
  counterName,
  openCounter,
  statesOf,
  type Seat,
} from './core/limit-charge.ts'
export type { Counter, SavedCounter } from './core/limit-counter.ts'
export { assertLimitPolicy } from './core/limit-policy.ts'
export { memoryReplay, type MemoryReplayOptions } from './core/memory-replay.ts'
export { memoryLimits, type MemoryLimitsOptions } from './core/memory-limits.ts'
export { map, type MaybePromise } from './core/maybe.ts'
export type { Attempt, Challenge, CredentialLocation, Method } from './core/method.ts'
export { resolveClient, type ClientHop } from './core/forwarded.ts'
export { addressPrefix, isInNetworks, parseNetwork, type Network } from './core/network.ts'
export type {
  Actor,
  AgentPrincipal,
  ClientPrincipal,
  Confirmation,
  MethodName,
  Principal,
  PrincipalFacts,
  ServicePrincipal,
  UserPrincipal,
} from './core/principal.ts'
export { isSenderConstrained } from './core/principal.ts'
export type { ProtectedResource, ProtectedResourceOptions } from './core/protected-resource.ts'
export { randomId } from './core/random.ts'
export {
  REASONS,
  reasonOf,
  WIRE_TITLES,
  type Reason,
  type ReasonCode,
  type WireCode,
} from './core/reasons.ts'
export {
  claimExpiry,
  replayName,
  type ClaimOutcome,
  type ReplayClaim,
  type ReplayStore,
} from './core/replay.ts'
export {
  judgeRegistered,
  readRegistered,
  type Registered,
  type RegisteredCredential,
} from './core/registered.ts'
export type { BodyBytes, BodyError, PeerCertificate, RequestView } from './core/request.ts'
export type { Requirement } from './core/requirement.ts'
export { allowedFields, answer, rateLimitHeaders, type Answer } from './core/response.ts'
export { err, ok, type Result } from './core/result.ts'
export {
  assertFresh,
  RevocationSet,
  type Freshness,
  type RevocableFacts,
  type Revocation,
  type RevocationKind,
  type Revocations,
} from './core/revocation.ts'
export { Secret } from './core/secret.ts'
export { coversScope, isScope, missingScope, parseScope } from './core/scope.ts'
export type { Check, Compared, Trace } from './core/trace.ts'
export {
  accepted,
  rejected,
  type Accepted,
  type Detail,
  type Rejected,
  type Verdict,
} from './core/verdict.ts'
