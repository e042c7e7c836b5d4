/** What keys of clients can be registered, and be used. */
import { ConfigError } from 'countersign'
import { staticKeySet, type KeySet } from 'countersign/jwt'

/** A JSON Web Key, public. */
export type PublicJwk = Readonly<Record<string, unknown>>

/** The one algorithm of RSA keys that name none. */
export const rsaAlgorithm = (algorithms: readonly string[]): string =>
  algorithms.includes('RS256') ? 'RS256' : 'PS256'

const NOTHING: KeySet = { find: () => undefined }

/**
 * The key set of what is usable among registered keys. Keys that cannot be told apart prove nothing;
 * registration refuses them, and private ones.
 *
 * @param algorithm - Of RSA keys that name none.
 */
export const usableKeys = (keys: readonly PublicJwk[], algorithm: string): KeySet =>
  staticOf(
    keys.filter((jwk) => problemOf(jwk, algorithm) === undefined),
    algorithm,
  )

function staticOf(keys: readonly PublicJwk[], algorithm: string): KeySet {
  try {
    return keys.length === 0 ? NOTHING : staticKeySet(keys.map((jwk) => inputOf(jwk, algorithm)))
  } catch (error) {
    if (error instanceof ConfigError) return NOTHING
    throw error
  }
}

const inputOf = (jwk: PublicJwk, algorithm: string) =>
  jwk['alg'] === undefined && jwk['kty'] === 'RSA' ? { jwk, algorithm } : { jwk }

/** Members that only private keys have (RFC 7518 §6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

/** What is wrong with a key for verifying signatures, in words, if anything. */
function problemOf(jwk: PublicJwk, algorithm: string): string | undefined {
  if (jwk['kty'] === 'oct') return 'It is a secret; register public keys.'
  if (PRIVATE.some((member) => Object.hasOwn(jwk, member))) {
    return 'It is a private key; keep it, and register its public part.'
  }
  try {
    staticKeySet([inputOf(jwk, algorithm)])
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return 'It is no usable public signature key; RSA has 2048 bits or more.'
  }
}

/**
 * Checks keys that somebody wants to register: public, usable, of an algorithm that is taken, and
 * told apart by their `kid`.
 *
 * @returns where the fault lies below `/jwks` and what it is, or undefined.
 */
export function checkKeys(
  keys: readonly PublicJwk[],
  algorithms: readonly string[],
): { readonly pointer: string; readonly message: string } | undefined {
  const algorithm = rsaAlgorithm(algorithms)
  for (const [index, jwk] of keys.entries()) {
    const { alg } = jwk
    const taken = alg === undefined || algorithms.some((name) => name === alg)
    const message = problemOf(jwk, algorithm) ?? (taken ? undefined : notTaken(algorithms))
    if (message !== undefined) return { pointer: `/keys/${index}`, message }
  }
  const isUsable = keys.length > 0 && staticOf(keys, algorithm) !== NOTHING
  const message = 'Register at least one key, and give each its own kid.'
  return isUsable ? undefined : { pointer: '/keys', message }
}

const notTaken = (algorithms: readonly string[]): string =>
  `Its alg is not taken here; write one of ${algorithms.join(', ')}.`
