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
 * @param id - The public id of a credential that gets a new secret; a new one when left out. A
 * parameter of its own: the parts of another credential, passed as `kind`, must not lend it theirs.
 * @throws {@link ConfigError} for a brand or environment outside the grammar.
 */
export function mintCredential(
  kind: { readonly brand: string; readonly environment: string },
  id: string = randomBase62(CREDENTIAL_LENGTHS.id),
): MintedCredential {
  assertBrand(kind.brand)
  assertEnvironment(kind.environment)
  const text = serializeCredential({ ...kind, id }, randomBase62(CREDENTIAL_LENGTHS.secret))
  return { id, credential: new Secret(text) }
}
