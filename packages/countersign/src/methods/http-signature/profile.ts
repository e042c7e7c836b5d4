import type { Item } from 'structured-headers'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Attempt } from '../../core/method.ts'
import type { Rejected } from '../../core/verdict.ts'
import type { UnverifiedSignature } from './format.ts'
import type { SignedMessage } from './message.ts'
import type { KnownKey } from './look-up.ts'

/** What is being verified, and when. */
export interface Proving extends Pick<Attempt, 'now' | 'trace'> {
  readonly view: SignedMessage
}

/** What an application of RFC 9421 (§1.4) asks of a signature beside the policy, and its keys. */
export interface SignatureProfile {
  /** Components that `Accept-Signature` asks for beside those of the policy. */
  readonly asks: readonly Item[]
  /** Checks what costs nothing, before anything is computed or looked up. */
  check(attempt: Proving, found: UnverifiedSignature): Rejected | undefined
  /**
   * The key of a signature that passed every check but its own. In the place of `source`: here a
   * key may depend on more of the request than its `keyid`.
   */
  key(attempt: Proving, found: UnverifiedSignature): MaybePromise<KnownKey | Rejected | undefined>
}
