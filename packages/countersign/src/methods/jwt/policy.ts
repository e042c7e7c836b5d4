import type { LruCache } from '../../core/lru.ts'
import type { Principal } from '../../core/principal.ts'
import type { Revocations } from '../../core/revocation.ts'
import type { JwsAlgorithm } from '../../jose/algorithms.ts'
import type { CompactJws, JwsHeader } from '../../jose/compact.ts'
import type { JsonObject } from '../../jose/json.ts'
import type { KeySet } from '../../jose/key-set.ts'
import type { VerifyKey } from '../../jose/keys.ts'

/** An issuer of the options, complete and checked. */
export interface ResolvedIssuer {
  readonly issuer: string
  readonly keys: KeySet
  readonly algorithms: ReadonlySet<string>
  readonly audiences: readonly string[]
  readonly tenant: string
  /** Accepted `typ` values in lower case without `application/`; `''` for none. */
  readonly types: readonly string[]
  /** Whether ID-token claims must be looked for, because `typ` does not tell. */
  readonly refusesIdTokens: boolean
  readonly required: readonly string[]
}

/** Maps verified claims to a principal; `principal` is what the standard mapping made. */
export type PrincipalMapper = (claims: JsonObject, principal: Principal) => Principal

/** The options, complete and checked, with the tokens seen so far. Make it with `jwtPolicy`. */
export interface JwtPolicy {
  readonly issuers: ReadonlyMap<string, ResolvedIssuer>
  readonly maxLifetimeSeconds: number | undefined
  readonly clockToleranceSeconds: number
  readonly maxTokenBytes: number
  readonly revocations: Revocations | undefined
  readonly claimsToPrincipal: PrincipalMapper | undefined
  readonly acceptUnprovenBinding: boolean
  /** By the tail of the signature; the whole token is compared on a hit. Undefined when off. */
  readonly cache: LruCache<string, VerifiedToken> | undefined
}

/** A token that was read, and of which nothing is believed yet. */
export interface OpenedToken {
  readonly jws: CompactJws
  readonly claims: JsonObject
  /** The configured issuer that the token names. */
  readonly issuer: ResolvedIssuer
  readonly algorithm: JwsAlgorithm
}

/**
 * A token whose signature is good. Everything else about it is checked on every request. What is
 * kept here outlives the request, so it is no more than is needed.
 */
export interface VerifiedToken {
  readonly token: string
  readonly header: JwsHeader
  readonly claims: JsonObject
  readonly issuer: ResolvedIssuer
  readonly key: VerifyKey
  /** Made when the claims first passed; they cannot change. */
  principal: Principal | undefined
}
