/** The algorithms of the registry of RFC 9421 §6.2.2. */
export type SignatureAlgorithm =
  | 'hmac-sha256'
  | 'ed25519'
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'rsa-pss-sha512'
  | 'rsa-v1_5-sha256'

/**
 * The JWS algorithm that makes the same bytes (RFC 9421 §3.3). PS512 has the salt of 64 bytes that
 * §3.3.1 asks for, and the ECDSA signatures of both are `r || s`.
 */
const JWS_NAMES: Readonly<Record<SignatureAlgorithm, string>> = {
  'hmac-sha256': 'HS256',
  ed25519: 'Ed25519',
  'ecdsa-p256-sha256': 'ES256',
  'ecdsa-p384-sha384': 'ES384',
  'rsa-pss-sha512': 'PS512',
  'rsa-v1_5-sha256': 'RS256',
}

/** Every algorithm, by its registered name. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = Object.freeze(
  // The keys of a record are what its type says.
  Object.keys(JWS_NAMES) as SignatureAlgorithm[],
)

/** The JWS name of an algorithm. */
export const jwsNameOf = (algorithm: SignatureAlgorithm): string => JWS_NAMES[algorithm]

/**
 * The algorithm that a key signs with; undefined for keys that RFC 9421 has no algorithm for.
 *
 * @param identity - `identity` of a JWS algorithm.
 */
export const signatureAlgorithmOf = (identity: string): SignatureAlgorithm | undefined =>
  SIGNATURE_ALGORITHMS.find((name) => JWS_NAMES[name] === identity)
