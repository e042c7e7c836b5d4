import type { Field } from './field.ts'
import type { LimitPolicy } from './limits.ts'
import type { Principal } from './principal.ts'
import type { ReasonCode } from './reasons.ts'

/** Facts behind a rejection, for the operator. Never a secret, a token or a header value. */
export type Detail = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** No credential of this method on the request: ask the next method. */
export interface Absent {
  readonly outcome: 'absent'
}

/** The credential is good. */
export interface Accepted {
  readonly outcome: 'accepted'
  readonly principal: Principal
  /** Limits that the credential itself carries; the guard applies them after permission. */
  readonly limits?: readonly LimitPolicy[]
  /** Fields for the answer of the handler: a fresh nonce. */
  readonly fields?: readonly Field[]
}

/** The credential is this method's, and bad. The guard stops: a weaker method is never tried. */
export interface Rejected {
  readonly outcome: 'rejected'
  readonly reason: ReasonCode
  readonly detail: Detail
  /** Fields for the refusal: a nonce to try again with. */
  readonly fields?: readonly Field[]
}

/** What a method answers. */
export type Verdict = Absent | Accepted | Rejected

/** The one `absent` verdict. */
export const ABSENT: Absent = Object.freeze({ outcome: 'absent' })

const NO_DETAIL: Detail = Object.freeze({})

/** Makes an `accepted` verdict. */
export const accepted = (principal: Principal, limits?: readonly LimitPolicy[]): Accepted =>
  limits === undefined
    ? { outcome: 'accepted', principal }
    : { outcome: 'accepted', principal, limits }

/** Makes a `rejected` verdict from a row of the reasons table. */
export const rejected = (reason: ReasonCode, detail: Detail = NO_DETAIL): Rejected => ({
  outcome: 'rejected',
  reason,
  detail,
})
