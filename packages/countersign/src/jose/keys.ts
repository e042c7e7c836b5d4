import { decodeBytes, encodeBytes, importSigner, importVerifier, pemToJwk } from '#crypto'
import { ConfigError } from '../core/errors.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import { err, ok, type Result } from '../core/result.ts'
import { publicPart } from '../crypto/public-part.ts'
import type { Jwk, SignatureMaker, SignatureVerifier } from '../crypto/seam.ts'
import { algorithmNamed, impliedAlgorithm, type JwsAlgorithm } from './algorithms.ts'
import { weakRsa } from './weak-rsa.ts'

/** A key that verifies, bound to its one algorithm. The key itself cannot be reached. */
export interface VerifyKey {
  readonly kid: string | undefined
  readonly algorithm: JwsAlgorithm
  readonly verify: SignatureVerifier
}

/** A key that signs, bound to its one algorithm. */
export interface SigningKey {
  readonly kid: string | undefined
  readonly algorithm: JwsAlgorithm
  readonly signer: SignatureMaker
  /** What a key set publishes for it; undefined for an HMAC secret, which nobody publishes. */
  readonly publicJwk: Jwk | undefined
}

/** A JSON Web Key. Its `alg`, or `algorithm` beside it, names the one algorithm it is for. */
export interface JwkInput {
  readonly jwk: Jwk
  /** For a JWK without `alg`. Edwards and elliptic curves imply theirs; RSA and `oct` do not. */
  readonly algorithm?: string
  readonly kid?: string
}

/** A PEM key: SPKI or PKCS #8. */
export interface PemInput {
  readonly pem: string
  readonly algorithm: string
  readonly kid?: string
}

/** A secret for HMAC, at least as long as the hash. A text stands for its UTF-8 bytes. */
export interface SecretInput {
  readonly secret: Uint8Array | string
  readonly algorithm: string
  readonly kid?: string
}

/** A key as configuration holds it. */
export type KeyInput = JwkInput | PemInput | SecretInput

/** What a key is for. */
export type KeyOperation = 'verify' | 'sign'

/**
 * Imports a key that verifies. Checks: {@link checkJwk}, then whatever the runtime checks itself
 * (points on their curves).
 *
 * @throws {@link ConfigError} for a key that is not exactly right; on WebCrypto by rejection.
 */
export const importVerifyKey = (input: KeyInput): MaybePromise<VerifyKey> =>
  map(toJwk(input), (jwk) => {
    const { algorithm, kid } = checked(jwk, input, 'verify')
    const made = attempt(kid, () => importVerifier(jwk, algorithm))
    return map(made, (verify) => Object.freeze({ kid, algorithm, verify }))
  })

/** Imports a key that signs. Throws like {@link importVerifyKey}. */
export const importSigningKey = (input: KeyInput): MaybePromise<SigningKey> =>
  map(toJwk(input), (jwk) => {
    const { algorithm, kid } = checked(jwk, input, 'sign')
    const made = attempt(kid, () => importSigner(jwk, algorithm))
    const publicJwk = algorithm.keyType === 'oct' ? undefined : publish(jwk, algorithm, kid)
    return map(made, (signer) => Object.freeze({ kid, algorithm, signer, publicJwk }))
  })

function publish(jwk: Jwk, { name }: JwsAlgorithm, kid: string | undefined): Jwk {
  const { key_ops: _ops, ext: _ext, ...rest } = publicPart(jwk)
  return Object.freeze({ ...rest, ...(kid === undefined ? {} : { kid }), use: 'sig', alg: name })
}

function toJwk(input: KeyInput): MaybePromise<Jwk> {
  if ('jwk' in input) return input.jwk
  const algorithm = algorithmNamed(input.algorithm)
  if (algorithm === undefined) throw invalid(input.kid, `"${input.algorithm}" is no algorithm`)
  if ('secret' in input) return secretJwk(input)
  return attempt(input.kid, () => pemToJwk(input.pem, algorithm))
}

/**
 * A public key used as an HMAC secret is the algorithm confusion of every JWT library's past: who
 * knows the public key could sign. Anything that reads as a key is therefore no secret.
 */
const KEY_LIKE = /^\s*(?:-----BEGIN|ssh-|ecdsa-|\{[^]*"kty")/

function secretJwk({ secret, kid }: SecretInput): Jwk {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (KEY_LIKE.test(new TextDecoder('latin1').decode(bytes)))
    throw invalid(kid, 'the secret is a public or private key; give it as pem or jwk')
  return { kty: 'oct', k: encodeBytes(bytes) }
}

function checked(
  jwk: Jwk,
  { algorithm, kid }: KeyInput,
  operation: KeyOperation,
): { readonly algorithm: JwsAlgorithm; readonly kid: string | undefined } {
  const own = kid ?? jwk['kid']
  const name = typeof own === 'string' ? own : undefined
  const outcome = checkJwk(jwk, operation, algorithm)
  if (!outcome.ok) throw invalid(name, outcome.error)
  return { algorithm: outcome.value, kid: name }
}

/** The runtime's own message can quote the key; only the fact of the failure is passed on. */
function attempt<T>(kid: string | undefined, make: () => MaybePromise<T>): MaybePromise<T> {
  const refuse = (): never => {
    throw invalid(kid, 'the runtime does not take this key')
  }
  try {
    const made = make()
    return made instanceof Promise ? made.catch(refuse) : made
  } catch {
    return refuse()
  }
}

const invalid = (kid: string | undefined, message: string): ConfigError =>
  new ConfigError('CS_CONFIG_KEY_INVALID', `key ${kid ?? '(without kid)'}: ${message}`)

/**
 * Decides whether a JWK may be used, and finds the one algorithm it is bound to. Checks, in order:
 * `use` and `key_ops` allow it; `alg`, or the configured algorithm, or the curve names one
 * algorithm; the key type and curve are that algorithm's; RSA and HMAC keys are strong enough.
 *
 * @param jwk - Configuration, or a document of the issuer's: any shape.
 * @returns the algorithm, or what is wrong in words for the operator.
 * @see [RFC 8725 §3.2](https://www.rfc-editor.org/rfc/rfc8725#section-3.2) appropriate algorithms
 */
export function checkJwk(
  jwk: Jwk,
  operation: KeyOperation,
  configured?: string,
): Result<JwsAlgorithm, string> {
  const { use, key_ops: operations, kty, crv } = jwk
  if (use !== undefined && use !== 'sig') return err('use is not "sig"')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes(operation)))
    return err(`key_ops does not allow "${operation}"`)
  const named = algorithmOf(jwk, configured)
  if (!named.ok) return named
  const algorithm = named.value
  if (kty !== algorithm.keyType) return err(`kty is not "${algorithm.keyType}" (${algorithm.name})`)
  if (algorithm.curve !== undefined && crv !== algorithm.curve)
    return err(`crv is not "${algorithm.curve}" (${algorithm.name})`)
  const weakness = weaknessOf(jwk, algorithm)
  return weakness === undefined ? ok(algorithm) : err(weakness)
}

function algorithmOf(
  { alg, kty, crv }: Jwk,
  configured: string | undefined,
): Result<JwsAlgorithm, string> {
  const own = algorithmNamed(alg)
  if (alg !== undefined && own === undefined) return err('alg names no signature algorithm')
  const wanted = algorithmNamed(configured)
  if (configured !== undefined && wanted === undefined)
    return err(`"${configured}" is no algorithm`)
  if (own !== undefined && wanted !== undefined && own.identity !== wanted.identity)
    return err(`alg is "${own.name}", the configuration says "${wanted.name}"`)
  const found = own ?? wanted ?? impliedAlgorithm(kty, crv)
  return found === undefined ? err('no alg; name the algorithm of this key') : ok(found)
}

function weaknessOf(jwk: Jwk, { keyType, minKeyBits, name }: JwsAlgorithm): string | undefined {
  if (keyType === 'RSA') return weakRsa(jwk, minKeyBits, decodeBytes)
  if (keyType !== 'oct') return undefined
  const bytes = typeof jwk['k'] === 'string' ? decodeBytes(jwk['k']) : undefined
  if (bytes === undefined) return 'k is not canonical base64url'
  const bits = bytes.length * 8
  // RFC 7518 §3.2; SR-045.
  return bits < minKeyBits ? `a secret of ${bits} bits; ${name} needs ${minKeyBits}` : undefined
}
