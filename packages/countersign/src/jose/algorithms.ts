import type { JwsFamily, JwsPrimitive } from '../crypto/seam.ts'

/**
 * Everything that is known of a signature algorithm. Code takes an entry and never asks for its
 * name: what is not in this table does not exist, `none` included.
 */
export interface JwsAlgorithm extends JwsPrimitive {
  /** JWK `kty` of its keys: a key of another type cannot get near it. */
  readonly keyType: 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP'
  /** Smallest key, in bits: the modulus of RSA, the length of an HMAC secret; 0 where fixed. */
  readonly minKeyBits: number
  /** What a key is bound to. Two registered names of one algorithm share it. */
  readonly identity: string
}

const RSA_MIN_BITS = 2048
type HashBits = NonNullable<JwsPrimitive['hashBits']>

const entry = (
  name: string,
  family: JwsFamily,
  keyType: JwsAlgorithm['keyType'],
  rest: Partial<JwsAlgorithm> = {},
): JwsAlgorithm =>
  Object.freeze({
    name,
    family,
    keyType,
    hashBits: undefined,
    curve: undefined,
    order: undefined,
    minKeyBits: 0,
    identity: name,
    ...rest,
  })

/** RFC 7518 §3.2: a key of at least the size of the hash output. */
const hmac = (hashBits: HashBits): JwsAlgorithm =>
  entry(`HS${hashBits}`, 'hmac', 'oct', { hashBits, minKeyBits: hashBits })
const pkcs1 = (hashBits: HashBits): JwsAlgorithm =>
  entry(`RS${hashBits}`, 'rsa-pkcs1', 'RSA', { hashBits, minKeyBits: RSA_MIN_BITS })
const pss = (hashBits: HashBits): JwsAlgorithm =>
  entry(`PS${hashBits}`, 'rsa-pss', 'RSA', { hashBits, minKeyBits: RSA_MIN_BITS })
const ecdsa = (hashBits: HashBits, curve: string, order: string): JwsAlgorithm =>
  entry(`ES${hashBits}`, 'ecdsa', 'EC', { hashBits, curve, order })
const ed25519 = (name: string): JwsAlgorithm =>
  entry(name, 'ed25519', 'OKP', { curve: 'Ed25519', identity: 'Ed25519' })
const mlDsa = (name: string): JwsAlgorithm => entry(name, 'ml-dsa', 'AKP')

const ENTRIES: readonly JwsAlgorithm[] = [
  ...([256, 384, 512] as const).flatMap((bits) => [hmac(bits), pkcs1(bits), pss(bits)]),
  // Orders of the groups, FIPS 186-5 and SEC 2: r and s are below them.
  ecdsa(256, 'P-256', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  ecdsa(
    384,
    'P-384',
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
  ecdsa(
    512,
    'P-521',
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ),
  // RFC 9864 retires the ambiguous name; issuers still write it, and mean Ed25519.
  ed25519('Ed25519'),
  ed25519('EdDSA'),
  // RFC 9964.
  mlDsa('ML-DSA-44'),
  mlDsa('ML-DSA-65'),
  mlDsa('ML-DSA-87'),
]

/** Null prototype: `alg: "__proto__"` and `alg: "constructor"` find nothing. */
const TABLE: Readonly<Record<string, JwsAlgorithm>> = Object.freeze(
  Object.assign(
    // An object without prototype has exactly the entries that are assigned to it.
    Object.create(null) as Record<string, JwsAlgorithm>,
    Object.fromEntries(ENTRIES.map((algorithm) => [algorithm.name, algorithm])),
  ),
)

/** Names of the algorithms this library knows. */
export const ALGORITHM_NAMES: readonly string[] = Object.freeze(ENTRIES.map(({ name }) => name))

/**
 * The entry of an algorithm, by its exact name: names are case-sensitive, and `None` is no more an
 * algorithm than `none`.
 *
 * @param name - Attacker-controlled.
 * @see [RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1) algorithm verification
 */
export const algorithmNamed = (name: unknown): JwsAlgorithm | undefined =>
  typeof name === 'string' ? TABLE[name] : undefined

/**
 * The one algorithm that a JWK can be for when it does not say: a curve has one, an RSA modulus or
 * a secret has many and so none.
 */
export function impliedAlgorithm(keyType: unknown, curve: unknown): JwsAlgorithm | undefined {
  if (typeof curve !== 'string') return undefined
  return ENTRIES.find((known) => known.keyType === keyType && known.curve === curve)
}
