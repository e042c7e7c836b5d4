import type { LimitPolicy } from '../../core/limits.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Principal } from '../../core/principal.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { RegisteredCredential } from '../../core/registered.ts'
import type { Secret } from '../../core/secret.ts'
import type { Peppers, SecretDigest } from '../../crypto/generated-secret.ts'

/** One API key as an application or the authority stores it; its id is the public id inside it. */
export interface ApiKeyRecord extends RegisteredCredential, SecretDigest {}

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
