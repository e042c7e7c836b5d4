import type { LimitPolicy } from '../../core/limits.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Principal } from '../../core/principal.ts'
import type { BasicCredentials } from './format.ts'

/** What a password check answers. */
export type BasicAnswer =
  | {
      readonly outcome: 'accepted'
      readonly principal: Principal
      readonly limits?: readonly LimitPolicy[]
      /** Seconds since the epoch: when the password stops to be valid. */
      readonly expiresAt?: number | null
      /** Seconds since the epoch, by the clock of whoever looked. @defaultValue now */
      readonly asOf?: number
    }
  | {
      /** Unknown user and wrong password must be this same answer, after the same work. */
      readonly outcome: 'rejected'
      /** @defaultValue `basic.credentials-invalid` */
      readonly reason?: 'basic.credentials-invalid' | 'basic.revoked' | 'basic.too-many-failures'
    }

/** Where passwords are checked: a password hash of one's own, or an authority. */
export interface BasicSource {
  /**
   * Checks a password. Use a slow hash (Argon2id) in a bounded pool, and do the same work for a user
   * that does not exist.
   *
   * @throws {@link UnavailableError} when the source cannot be reached, or its pool is full.
   */
  verify(credentials: BasicCredentials): MaybePromise<BasicAnswer>
}
