/** Generated secrets: minted once, kept as digests under the newest pepper (SR-201). */
import type { Secret } from 'countersign'
import {
  digestCredential,
  mintCredential,
  peppers,
  type Peppers,
  type SecretDigest,
} from 'countersign/api-key/mint'
import type { MasterSecrets } from '../context.ts'
import type { RegistryContext } from './audited.ts'

/** A new generated credential: its public id, the text that its owner sees once, its digest. */
export interface Minted extends SecretDigest {
  readonly id: string
  readonly secret: Secret
}

/** The environment of client secrets: `acme_cs_…`. */
export const CLIENT_SECRET_ENVIRONMENT = 'cs'

/** Imported once an installation: importing a key on every request would cost more than the HMAC. */
const rings = new WeakMap<MasterSecrets, Peppers>()

/** The peppers of an installation, as the library digests and compares with them. */
export function pepperRing(secrets: MasterSecrets): Peppers {
  const known = rings.get(secrets)
  if (known !== undefined) return known
  const ring = peppers(secrets.peppers)
  rings.set(secrets, ring)
  return ring
}

/**
 * Mints `<brand>_<environment>_<id>_<secret><crc>` with 190 bits of secret.
 *
 * @param keptId - Of something that gets a new secret in the place of its old one.
 */
export async function mintSecret(
  ctx: RegistryContext,
  environment: string,
  keptId?: string,
): Promise<Minted> {
  const { id, credential } = mintCredential({ brand: ctx.brand, environment }, keptId)
  const digest = await digestCredential(pepperRing(ctx.secrets), credential)
  return { id, secret: credential, ...digest }
}
