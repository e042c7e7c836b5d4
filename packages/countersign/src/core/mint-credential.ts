import {
  assertBrand,
  assertEnvironment,
  CREDENTIAL_LENGTHS,
  serializeCredential,
} from './credential-format.ts'
import { randomBase62 } from './random.ts'
import { Secret } from './secret.ts'

/** A new credential. The secret is shown once; what is stored is its digest. */
export interface MintedCredential {
  /** The public id. */
  readonly id: string
  /** The whole credential. */
  readonly credential: Secret
}

/**
 * Makes a new credential from the runtime's cryptographic generator: 190 bits of secret, 71 bits
 * of public id.
 *
 * @throws {@link ConfigError} for a brand or environment outside the grammar.
 */
export function mintCredential(kind: {
  readonly brand: string
  readonly environment: string
}): MintedCredential {
  assertBrand(kind.brand)
  assertEnvironment(kind.environment)
  const id = randomBase62(CREDENTIAL_LENGTHS.id)
  const text = serializeCredential({ ...kind, id }, randomBase62(CREDENTIAL_LENGTHS.secret))
  return { id, credential: new Secret(text) }
}
