import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ConfigError, type Secret } from 'countersign'

/** Key-encryption keys by version. */
export type KekRing = ReadonlyMap<number, Secret>

/** A sealed text and the version of the key that opens it. */
export interface Sealed {
  readonly sealed: string
  readonly kekVersion: number
}

const FORMAT = 's1'
const IV_BYTES = 12
const TAG_BYTES = 16

/** The version that seals now. */
export const newestKek = (keks: KekRing): number => Math.max(...keks.keys())

/**
 * Seals a text with AES-256-GCM under the newest key-encryption key:
 * `s1.<version>.<iv>.<ciphertext and tag>`.
 *
 * @param place - Where the text belongs (tenant and key id). It is authenticated, not stored: a
 * sealed text moved to another row does not open there.
 * @see [NIST SP 800-38D §8.2.2](https://doi.org/10.6028/NIST.SP.800-38D) random 96-bit IVs; far
 * fewer than 2^32 texts are ever sealed under one key.
 */
export function seal(keks: KekRing, text: string, place: string): Sealed {
  const kekVersion = newestKek(keks)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', kekOf(keks, kekVersion), iv)
  cipher.setAAD(aad(kekVersion, place))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  const parts = [FORMAT, kekVersion, iv.toString('base64url'), sealed.toString('base64url')]
  return { sealed: parts.join('.'), kekVersion }
}

/**
 * Opens a sealed text.
 *
 * @throws `ConfigError` when its key version is not configured, and an `Error` when it was altered or
 * moved: both are for the operator, no caller can cause them.
 */
export function unseal(keks: KekRing, sealed: string, place: string): string {
  const [format, version, iv = '', body = ''] = sealed.split('.')
  if (format !== FORMAT) throw new Error('sealed text: unknown format')
  const kekVersion = Number(version)
  const bytes = Buffer.from(body, 'base64url')
  const decipher = createDecipheriv(
    'aes-256-gcm',
    kekOf(keks, kekVersion),
    Buffer.from(iv, 'base64url'),
    { authTagLength: TAG_BYTES },
  )
  decipher.setAAD(aad(kekVersion, place))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
}

const aad = (version: number, place: string): Buffer => Buffer.from(`${FORMAT}.${version}.${place}`)

function kekOf(keks: KekRing, version: number): Buffer {
  const kek = keks.get(version)
  if (kek === undefined) {
    throw new ConfigError(
      'CS_CONFIG_KEK_MISSING',
      `secrets.keks: version ${version} sealed a stored key and is not configured; keep old versions until everything is re-sealed`,
    )
  }
  const bytes = Buffer.from(kek.reveal(), 'base64url')
  if (bytes.length !== 32) {
    throw new ConfigError('CS_CONFIG_KEK_SIZE', 'secrets.keks: a key is 32 bytes in base64url')
  }
  return bytes
}
