import type { MaybePromise } from '../../core/maybe.ts'
import type { RegisteredCredential } from '../../core/registered.ts'
import type { Secret } from '../../core/secret.ts'
import type { SigV4Scope } from './scope.ts'

/** What verifies the signatures of an access key. */
export type SigV4Key =
  | {
      /** The secret access key itself, at least 16 characters. */
      readonly secret: Secret
    }
  | {
      /**
       * The key of one day, region and service ({@link deriveSigningKey}): all that an edge needs,
       * and worth nothing tomorrow. 32 bytes, as secret as the secret.
       */
      readonly signingKey: Uint8Array
    }

/** One access key as an application or the authority keeps it; its id is the access key id. */
export interface SigV4Record extends RegisteredCredential {
  readonly key: SigV4Key
  /** Set for temporary credentials: the `X-Amz-Security-Token` that must come with them. */
  readonly sessionToken?: Secret
}

/**
 * Where access keys are looked up. Asked on every request; a source that is slow keeps a cache of its
 * own, keyed by id and scope.
 */
export interface SigV4Source {
  /**
   * Finds an access key.
   *
   * @param accessKeyId - Attacker-controlled; at most 128 of `A-Za-z0-9._-`.
   * @param scope - Of this request; its region and service are accepted ones, its day is today's
   * or that of the presigned URL. Answer the signing key of exactly this scope, or the secret.
   * @throws {@link UnavailableError} when the table cannot be reached.
   */
  find(accessKeyId: string, scope: SigV4Scope): MaybePromise<SigV4Record | undefined>
}
