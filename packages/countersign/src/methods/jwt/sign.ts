import { encodeBase64url, generateJwk } from '#crypto'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import type { SigningKey } from '../../jose/keys.ts'

export { importSigningKey, type KeyInput, type SigningKey } from '../../jose/keys.ts'

/** Header members beside `alg` and `kid`, which are the key's. */
export interface SignOptions {
  /** Media type of the token (RFC 8725 §3.11). @defaultValue `at+jwt` */
  readonly typ?: string
}

/**
 * Signs claims as a compact JWS, in the caller's thread.
 *
 * Adds no claims and checks none: `iss`, `aud`, `exp`, `iat`, `jti` are the issuer's to decide.
 *
 * @param key - Result of {@link importSigningKey}.
 * @see [RFC 9068 §2](https://www.rfc-editor.org/rfc/rfc9068#section-2) access token header and claims
 */
export function signJwt(
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  options: SignOptions = {},
): MaybePromise<string> {
  const input = signingInput(claims, key, options)
  return map(key.signer.sign(input), (signature) => `${input}.${signature}`)
}

/**
 * Signs claims like {@link signJwt}, on the thread pool: where many tokens are issued at once this
 * nearly doubles them on two cores. For one at a time it is slower.
 */
export async function signJwtPooled(
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  options: SignOptions = {},
): Promise<string> {
  const input = signingInput(claims, key, options)
  return `${input}.${await key.signer.signPooled(input)}`
}

function signingInput(
  claims: Readonly<Record<string, unknown>>,
  { kid, algorithm }: SigningKey,
  { typ = 'at+jwt' }: SignOptions,
): string {
  const header = { alg: algorithm.name, typ, ...(kid === undefined ? {} : { kid }) }
  return `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(claims))}`
}

/**
 * Makes a new private key (or HMAC secret) as a JWK that names its algorithm. Whoever reads it can
 * sign: seal it before it is stored.
 *
 * @throws {@link ConfigError} for an algorithm this library does not know.
 */
export function generateSigningJwk(algorithm: string, kid?: string): MaybePromise<Jwk> {
  const entry = algorithmNamed(algorithm)
  assertConfig(entry, 'CS_CONFIG_ALGORITHM_UNKNOWN', `"${algorithm}" is no signature algorithm`)
  const name = kid === undefined ? {} : { kid }
  return map(generateJwk(entry), (jwk) => ({ ...jwk, alg: entry.name, ...name }))
}
