import type { Confirmation } from 'countersign'
import type { ActorClaim } from '../model/grant-facts.ts'
import type { AuthorityContext } from '../context.ts'

/** The environment part of opaque access tokens: `cs_at_…`. */
export const ACCESS_TOKEN_ENVIRONMENT = 'at'

/** The environment part of refresh tokens: `cs_rt_…`. */
export const REFRESH_TOKEN_ENVIRONMENT = 'rt'

/** A token that was issued here: its proof was good when it was read. */
export interface KnownToken {
  readonly kind: 'jwt' | 'opaque' | 'refresh'
  readonly tenant: string
  /** `jti`, or the public id of an opaque token. */
  readonly id: string
  readonly clientId: string
  readonly principalId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** Seconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** Its grant, where it has one. */
  readonly grantId?: string
  /** Who acts for the principal, where it was exchanged (RFC 8693 §4.1). */
  readonly actor?: ActorClaim
  /** Ids of the tokens that it was exchanged from; it ends with each of them. */
  readonly parentIds?: readonly string[]
  /** `cnf`: the key that it is bound to. */
  readonly confirmation?: Confirmation
  /** The `kid` that signed a JWT. */
  readonly keyId?: string
}

/** What reading tokens needs. */
export type ReaderContext = Pick<AuthorityContext, 'brand' | 'store' | 'secrets' | 'revocations'>
