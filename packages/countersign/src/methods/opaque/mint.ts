import { mintCredential } from '../../core/mint-credential.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Secret } from '../../core/secret.ts'
import { digestCredential, type Peppers, type SecretDigest } from '../../crypto/generated-secret.ts'
import { TOKEN_ENVIRONMENTS, type OpaqueTokenKind } from './format.ts'

/** A new opaque token. */
export interface MintedOpaqueToken {
  /** The public id: store it, log it, look the token up by it. */
  readonly id: string
  /** The token. Give it to the client once; store {@link digestOpaqueToken} of it. */
  readonly token: Secret
}

/**
 * Makes a new access or refresh token with 190 bits of secret (SR-019).
 *
 * @throws {@link ConfigError} for a brand outside the grammar.
 */
export function mintOpaqueToken(kind: {
  readonly brand: string
  readonly kind: OpaqueTokenKind
}): MintedOpaqueToken {
  const environment = TOKEN_ENVIRONMENTS[kind.kind]
  const { id, credential } = mintCredential({ brand: kind.brand, environment })
  return { id, token: credential }
}

/** What to store of a token: its digest under the newest pepper, and that pepper's version. */
export const digestOpaqueToken = (ring: Peppers, token: Secret): MaybePromise<SecretDigest> =>
  digestCredential(ring, token)
