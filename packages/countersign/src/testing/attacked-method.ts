/** What a method under attack is to the contract of adapters. */
import type { Attack } from '../core/attack.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Method } from '../core/method.ts'
import type { RequestParts } from './request.ts'

/** The time at which the attack tables are played, in seconds since the epoch. */
export const ATTACK_NOW = 1_700_000_000

/** One method under attack. */
export interface AttackedMethod {
  readonly method: Method
  /** A good request, fresh: one that may be sent once is another one each time. */
  readonly accept: () => MaybePromise<RequestParts>
  /** Refused with their reasons by a guard of this method alone. */
  readonly attacks: readonly Attack[]
  /** Refused somewhere between the server's parser and the guard. */
  readonly rawAttacks: readonly Attack[]
  /** Not to stand beside the others: one of them reads what this one must not. */
  readonly alone?: boolean
}
