import type { MaybePromise } from '../../core/maybe.ts'
import type { RegisteredCredential } from '../../core/registered.ts'
import type { Secret } from '../../core/secret.ts'
import type { Jwk } from '../../crypto/seam.ts'
import type { SignatureAlgorithm } from './algorithms.ts'

/** A secret that both sides hold. */
export interface SharedSigningKey {
  readonly algorithm: 'hmac-sha256'
  /** At least 32 bytes; a text stands for its UTF-8 bytes. */
  readonly secret: Secret | Uint8Array
}

/** The public half of a key that only the caller holds: an asymmetric "API key". */
export interface PublicSigningKey {
  /** Elliptic and Edwards curves imply theirs; RSA keys must say. */
  readonly algorithm?: Exclude<SignatureAlgorithm, 'hmac-sha256'>
  readonly publicJwk: Jwk
}

/** One signing key as an application or the authority stores it. */
export type SigningCredential = RegisteredCredential & (SharedSigningKey | PublicSigningKey)

/** What is known of a `keyid` whose secret the source keeps to itself: nothing can be verified with it. */
export interface WithheldSigningKey {
  readonly withheld: true
}

/** A signing key from elsewhere. */
export type RemoteSigningKey = SigningCredential & {
  /** Seconds since the epoch by the authority's clock: when it looked. */
  readonly asOf: number
}

/** Where signing keys are looked up. */
export interface SigningKeySource {
  /**
   * `records`: a table of one's own, asked on every request unless revocations are followed.
   * `remote`: an authority; its answers are leased.
   */
  readonly kind: 'records' | 'remote'
  /** The algorithms whose keys it can give; accepting another is a {@link ConfigError}. @defaultValue all */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /**
   * The credential whose `keyid` this is.
   *
   * @param keyId - At most 256 ASCII characters. Attacker-controlled.
   * @throws {@link UnavailableError} when the table or the authority cannot be reached.
   */
  find(
    keyId: string,
  ): MaybePromise<SigningCredential | RemoteSigningKey | WithheldSigningKey | undefined>
}
