import type { LimitState } from './limits.ts'
import type { MethodName, Principal } from './principal.ts'
import type { ReasonCode } from './reasons.ts'
import type { Check } from './trace.ts'
import type { Field } from './field.ts'
import type { Detail } from './verdict.ts'

/** The request may go on. */
export interface Allowed {
  readonly outcome: 'allowed'
  /** Opaque id that names this decision in answers, logs and `explain`. */
  readonly decisionId: string
  readonly principal: Principal
  /** Limits that were charged. */
  readonly limits: readonly LimitState[]
  /** Fields that the method wants in the answer. */
  readonly fields: readonly Field[]
}

/** How a person must have signed in, for the challenge (RFC 9470 §3). */
export interface RequiredAuthentication {
  /** One of these. */
  readonly acr?: readonly string[] | undefined
  readonly maxAgeSeconds?: number | undefined
}

/** The request is refused; `respond` turns this into an answer. */
export interface Refused {
  readonly outcome: 'refused'
  readonly decisionId: string
  readonly reason: ReasonCode
  readonly detail: Detail
  /** Whether the caller presented a credential at all: RFC 6750 forbids `error` without one. */
  readonly presented: boolean
  /** Scopes that the route and its operation ask for, for the challenge. */
  readonly requiredScopes: readonly string[]
  /** The authentication that the route asks for, where it is that which is missing (RFC 9470). */
  readonly authentication?: RequiredAuthentication
  /** Seconds until a retry makes sense; 0 where waiting does not help. */
  readonly retryAfterSeconds: number
  readonly limits: readonly LimitState[]
  /** Fields that the method wants in the answer. */
  readonly fields: readonly Field[]
  /** Seconds since the epoch when it was decided: what a client with a wrong clock needs. */
  readonly at: number
}

/**
 * A CORS preflight: it carries no credential, so it is neither refused nor let through to a handler,
 * which would run without a principal. `answer` makes an empty 204 of it; the application's CORS
 * layer, which stands before the guard, answers the preflights of origins it trusts.
 */
export interface Preflight {
  readonly outcome: 'preflight'
}

/**
 * Something that is for everybody, asked for at its own place: the metadata of the resource
 * (RFC 9728). Decided before anybody is asked for a credential, and not recorded.
 */
export interface Published {
  readonly outcome: 'published'
  readonly status: number
  readonly headers: readonly Field[]
  /** ASCII. */
  readonly body: string
}

/** What a guard answers. */
export type Decision = Allowed | Refused | Preflight | Published

/**
 * One decision as it is kept for `explain`: everything an operator needs, and no secret, header,
 * query string or body (SR-501).
 */
export interface DecisionRecord {
  readonly decisionId: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly outcome: 'allowed' | 'refused'
  readonly reason?: ReasonCode
  readonly detail?: Detail
  readonly method?: MethodName
  readonly tenant?: string
  readonly principalId?: string
  readonly credentialId?: string
  readonly request: {
    readonly method: string
    readonly authority: string
    readonly path: string
    readonly clientAddress?: string
  }
  /** Every check in the order it ran. */
  readonly checks: readonly Check[]
}
