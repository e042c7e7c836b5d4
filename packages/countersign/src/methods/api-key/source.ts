import type { LimitPolicy } from '../../core/limits.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Principal } from '../../core/principal.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Secret } from '../../core/secret.ts'
import type { Peppers, SecretDigest } from '../../crypto/generated-secret.ts'

/** One API key as an application or the authority stores it. Times are seconds since the epoch. */
export interface ApiKeyRecord extends SecretDigest {
  /** The public id inside the key. */
  readonly id: string
  readonly tenant: string
  /** Whose key it is. */
  readonly principalId: string
  /** @defaultValue `service`; a `client`'s principal id is its client id */
  readonly principalType?: 'service' | 'user' | 'client'
  /** What the key may do. An empty list can do nothing. */
  readonly scopes: readonly string[]
  /** Becomes the principal's `claims`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Limits that travel with the key. */
  readonly limits?: readonly LimitPolicy[]
  /** CIDR blocks that may use it; empty or absent means everywhere. */
  readonly networks?: readonly string[]
  readonly notBefore?: number | null
  readonly expiresAt?: number | null
  /** Set once the key, its principal or its tenant was revoked. */
  readonly revokedAt?: number | null
}

/** What an authority answers about a key: the body of `POST /v1/verify`. */
export type RemoteKeyVerdict =
  | {
      readonly outcome: 'accepted'
      readonly principal: Principal
      readonly limits?: readonly LimitPolicy[]
      readonly networks?: readonly string[]
      readonly expiresAt?: number | null
      /** Seconds since the epoch by the authority's clock: when it looked. */
      readonly asOf: number
    }
  | { readonly outcome: 'rejected'; readonly reason: ReasonCode; readonly asOf: number }

/** Where keys are looked up. */
export type ApiKeySource =
  | {
      /** A table of one's own, by public id. */
      readonly kind: 'records'
      /** @throws {@link UnavailableError} when the table cannot be reached. */
      find(id: string): MaybePromise<ApiKeyRecord | undefined>
      readonly peppers: Peppers
    }
  | {
      /** An authority that holds the records. */
      readonly kind: 'remote'
      /** @throws {@link UnavailableError} when the authority cannot be reached. */
      verify(key: Secret): MaybePromise<RemoteKeyVerdict>
    }
