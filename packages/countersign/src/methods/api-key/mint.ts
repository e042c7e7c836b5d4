import { mintCredential, type MintedCredential } from '../../core/mint-credential.ts'
import { assertConfig } from '../../core/errors.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { Secret } from '../../core/secret.ts'
import { digestCredential, type Peppers, type SecretDigest } from '../../crypto/generated-secret.ts'
import { isReservedEnvironment } from './format.ts'

export { parseCredential, type CredentialParts } from '../../core/credential-format.ts'
export { mintCredential, type MintedCredential } from '../../core/mint-credential.ts'
export {
  digestCredential,
  matchesCredential,
  peppers,
  type Peppers,
  type SecretDigest,
} from '../../crypto/generated-secret.ts'

/** A new API key. */
export interface MintedApiKey {
  /** The public id: store it, log it, show it in lists. */
  readonly id: string
  /** The key. Show it once; store {@link digestApiKey} of it. */
  readonly key: Secret
}

/**
 * Makes a new API key with 190 bits of secret.
 *
 * @throws {@link ConfigError} for a brand or environment outside the grammar, or an environment
 * that is reserved for tokens and client secrets (`at`, `rt`, `cs`).
 *
 * @example
 * ```ts
 * const { id, key } = mintApiKey({ brand: 'acme', environment: 'live' })
 * const { digest, pepperVersion } = await digestApiKey(ring, key)
 * ```
 */
export function mintApiKey(kind: {
  readonly brand: string
  readonly environment: string
}): MintedApiKey {
  assertConfig(
    !isReservedEnvironment(kind.environment),
    'CS_CONFIG_ENVIRONMENT_RESERVED',
    `environment: "${kind.environment}" names tokens or client secrets; use "live", "test", …`,
  )
  const minted: MintedCredential = mintCredential(kind)
  return { id: minted.id, key: minted.credential }
}

/** What to store of a key: its digest under the newest pepper, and that pepper's version. */
export const digestApiKey = (ring: Peppers, key: Secret): MaybePromise<SecretDigest> =>
  digestCredential(ring, key)
