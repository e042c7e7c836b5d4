import { hmacSha256, macKey } from '#crypto'
import { base64url } from 'jose'
import { equalDigests } from '../core/constant-time.ts'
import { ConfigError, UnavailableError } from '../core/errors.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import type { Secret } from '../core/secret.ts'
import type { MacKey } from './seam.ts'

/**
 * What is stored of a generated secret: HMAC-SHA-256 under a versioned pepper. With 190 random bits
 * a slow hash adds nothing but a lever for denial of service; the pepper makes a stolen table
 * worthless, and rotating it retires every credential under the old version.
 */
export interface SecretDigest {
  /** base64url, 43 characters. */
  readonly digest: string
  /** Which pepper keyed it. */
  readonly pepperVersion: number
}

/** The peppers of an installation: the newest version digests, older ones still compare. */
export interface Peppers {
  readonly currentVersion: number
  /**
   * Digests a whole credential under one version.
   *
   * @throws {@link UnavailableError} for a version that is not configured: the record cannot be
   * judged, and 401 would be a lie.
   */
  digest(text: string, version: number): MaybePromise<string>
}

const MIN_PEPPER_BYTES = 32

/**
 * Makes peppers from their versions.
 *
 * @param secrets - Version to 32 or more random bytes in base64url.
 * @throws {@link ConfigError} for no version, or a pepper that is too short.
 */
export function peppers(secrets: ReadonlyMap<number, Secret>): Peppers {
  const keys = new Map<number, MaybePromise<MacKey>>()
  for (const [version, secret] of secrets) keys.set(version, importPepper(version, secret))
  if (keys.size === 0) {
    throw new ConfigError('CS_CONFIG_PEPPERS_EMPTY', 'peppers: name at least one version')
  }
  return {
    currentVersion: Math.max(...keys.keys()),
    digest(text, version) {
      const key = keys.get(version)
      if (key === undefined) {
        throw new UnavailableError('pepper', `pepper version ${version} is not configured`)
      }
      return map(key, (ready) => hmacSha256(ready, text))
    },
  }
}

function importPepper(version: number, secret: Secret): MaybePromise<MacKey> {
  const bytes = decode(secret)
  if (bytes.length < MIN_PEPPER_BYTES) {
    throw new ConfigError(
      'CS_CONFIG_PEPPER_SHORT',
      `peppers: version ${version} has ${bytes.length} readable bytes; use ${MIN_PEPPER_BYTES} random bytes in base64url`,
    )
  }
  return macKey(bytes)
}

function decode(secret: Secret): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(base64url.decode(secret.reveal()))
  } catch {
    // The decoder's own message may quote what it could not read.
    return new Uint8Array()
  }
}

/** Digests a new credential under the newest pepper, for storage. */
export const digestCredential = (ring: Peppers, credential: Secret): MaybePromise<SecretDigest> => {
  const pepperVersion = ring.currentVersion
  return map(ring.digest(credential.reveal(), pepperVersion), (digest) => ({
    digest,
    pepperVersion,
  }))
}

/** Never equal to a digest, and as long as one. */
const NO_DIGEST = '.'.repeat(43)

/**
 * Reports whether a credential is the one that a record was made from.
 *
 * Without a record it does the same work, one HMAC and one comparison, and answers false: the time
 * does not tell an unknown id from a wrong secret (SR-201).
 */
export function matchesCredential(
  ring: Peppers,
  record: SecretDigest | undefined,
  text: string,
): MaybePromise<boolean> {
  const version = record?.pepperVersion ?? ring.currentVersion
  return map(ring.digest(text, version), (digest) =>
    equalDigests(digest, record?.digest ?? NO_DIGEST),
  )
}
