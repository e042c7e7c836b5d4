import { encodeBytes } from '#crypto'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { importSigningKey, importVerifyKey } from '../../jose/keys.ts'
import type { SigningKey, VerifyKey } from '../../jose/keys.ts'
import { parseKey, toBase64 } from './encoding.ts'
import { reveal, type SecretText } from './keys.ts'

/** Bytes of an Ed25519 public key, and of the seed of a private one (RFC 8032 §5.1.5). */
export const ED25519_BYTES = 32

/** PKCS #8 of an Ed25519 private key up to its seed (RFC 8410 §7). */
const PKCS8_HEAD = new Uint8Array([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

/**
 * Reads a `whsec_` secret.
 *
 * @throws {@link ConfigError} unless it has 24 to 64 bytes, as the specification asks.
 */
export function parseSecret(secret: SecretText): Uint8Array {
  const bytes = parseKey(reveal(secret), 'whsec_')
  assertConfig(
    bytes.length >= 24 && bytes.length <= 64,
    'CS_CONFIG_WEBHOOK_SECRET',
    `a whsec_ secret has 24 to 64 bytes; this one has ${bytes.length}`,
  )
  return bytes
}

/**
 * Imports a `whpk_` public key.
 *
 * @throws {@link ConfigError} for anything else; on WebCrypto by rejection when only the runtime
 * knows.
 */
export function importPublic(text: string): MaybePromise<VerifyKey> {
  const bytes = parseKey(text, 'whpk_')
  assertLength(bytes.length === ED25519_BYTES, 'whpk_')
  return importVerifyKey({ jwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBytes(bytes) } })
}

/**
 * Imports a `whsk_` private key: the seed, or the seed and the public key after it.
 *
 * @throws {@link ConfigError} for anything else, and for two halves that do not fit each other.
 */
export function importPrivate(secret: SecretText): MaybePromise<SigningKey> {
  const bytes = parseKey(reveal(secret), 'whsk_')
  const { length } = bytes
  assertLength(length === ED25519_BYTES || length === 2 * ED25519_BYTES, 'whsk_')
  return map(importSeed(bytes.subarray(0, ED25519_BYTES)), (key) => {
    const claimed = encodeBytes(bytes.subarray(ED25519_BYTES))
    assertConfig(
      claimed === '' || claimed === key.publicJwk?.['x'],
      'CS_CONFIG_WEBHOOK_KEY',
      'the public half of the whsk_ key is not that of its private half',
    )
    return key
  })
}

/** Imports the seed of a private key; the runtime computes the public key. */
export function importSeed(seed: Uint8Array): MaybePromise<SigningKey> {
  const der = new Uint8Array([...PKCS8_HEAD, ...seed])
  const pem = `-----BEGIN PRIVATE KEY-----\n${toBase64(encodeBytes(der))}\n-----END PRIVATE KEY-----\n`
  return importSigningKey({ pem, algorithm: 'Ed25519' })
}

function assertLength(right: boolean, prefix: string): void {
  assertConfig(right, 'CS_CONFIG_WEBHOOK_KEY', `this ${prefix} key is no Ed25519 key`)
}
