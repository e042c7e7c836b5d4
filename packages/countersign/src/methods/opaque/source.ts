import type { MaybePromise } from '../../core/maybe.ts'
import type { Actor, Confirmation } from '../../core/principal.ts'
import type { Secret } from '../../core/secret.ts'
import type { Peppers, SecretDigest } from '../../crypto/generated-secret.ts'

/** One opaque access token as an application or the authority stores it. Times are in seconds. */
export interface OpaqueTokenRecord extends SecretDigest {
  /** The public id inside the token. */
  readonly id: string
  readonly tenant: string
  /** False once the token, its grant, its principal or its client was revoked. */
  readonly active: boolean
  /** Whom it was issued for. */
  readonly principalId: string
  /** @defaultValue `client` when the principal is the client itself, else `user` */
  readonly principalType?: 'user' | 'client' | 'service'
  readonly clientId?: string
  readonly grantId?: string
  readonly scopes: readonly string[]
  /** The APIs it is for. */
  readonly audiences: readonly string[]
  /** Becomes the principal's `claims`. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Who acts for the principal (RFC 8693 §4.1): the principal is an agent's then. */
  readonly actor?: Actor
  /** Ids of the tokens that it was exchanged from: it ends with each of them. */
  readonly parentIds?: readonly string[]
  /** The key it is bound to. */
  readonly confirmation?: Confirmation
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A table of one's own, by public id. */
export interface OpaqueRecords {
  readonly kind: 'records'
  /** @throws {@link UnavailableError} when the table cannot be reached. */
  find(id: string): MaybePromise<OpaqueTokenRecord | undefined>
  readonly peppers: Peppers
}

/** How this API proves itself to an introspection endpoint (RFC 7662 §2.1). */
export type IntrospectionAuth =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post'
      readonly clientId: string
      readonly clientSecret: Secret
    }
  | { readonly method: 'bearer'; readonly token: Secret }

/** An introspection endpoint (RFC 7662). */
export interface Introspection {
  readonly kind: 'introspection'
  /** `https:` URL. Configuration, never taken from a token. */
  readonly endpoint: string
  readonly clientAuth: IntrospectionAuth
  /** For the whole exchange, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number
  /** Largest answer that is read. @defaultValue 262 144 */
  readonly maxBytes?: number
  /** Host names that may resolve to a private address. @defaultValue none */
  readonly allowPrivateHosts?: readonly string[]
  /** The tenant of the principals, where there are several. @defaultValue `default` */
  readonly tenant?: string
}

/** Where opaque tokens are looked up. */
export type OpaqueSource = OpaqueRecords | Introspection
