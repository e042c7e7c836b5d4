import type { Jwk } from '../crypto/seam.ts'

/** Larger moduli are an attack on the verifier: one check of 16 Kibit costs a millisecond. */
const MAX_MODULUS_BITS = 8192

/** The primes of the ROCA fingerprint (Nemec et al., CVE-2017-15361). */
// biome-ignore format: a table
const ROCA_PRIMES = [
  11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157, 163, 167,
] as const

/**
 * Names what is wrong with an RSA public key, or undefined. Checks, in order: the modulus is large
 * enough and not absurd, the exponent is odd and above 1 (with 1 the message is its own signature),
 * the modulus does not carry the fingerprint of the broken generator known as ROCA.
 *
 * @see [RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3) 2048 bits or larger
 */
export function weakRsa(
  { n, e }: Jwk,
  minBits: number,
  decode: (text: string) => Uint8Array | undefined,
): string | undefined {
  const modulus = integer(n, decode)
  const exponent = integer(e, decode)
  if (modulus === undefined || exponent === undefined) return 'n or e is no base64url integer'
  const bits = modulus.toString(2).length
  if (bits < minBits) return `RSA modulus of ${bits} bits; at least ${minBits} are asked for`
  if (bits > MAX_MODULUS_BITS) return `RSA modulus of ${bits} bits; at most ${MAX_MODULUS_BITS}`
  if (exponent < 3n || exponent % 2n === 0n) return 'RSA exponent is even or below 3'
  return isRoca(modulus) ? 'RSA modulus from a broken generator (ROCA, CVE-2017-15361)' : undefined
}

function integer(
  text: unknown,
  decode: (text: string) => Uint8Array | undefined,
): bigint | undefined {
  const bytes = typeof text === 'string' ? decode(text) : undefined
  if (bytes === undefined || bytes.length === 0 || bytes.length > 4096) return undefined
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return BigInt(`0x${hex}`)
}

/** Moduli of that generator are powers of 65537 modulo every small prime; others hardly ever are. */
const isRoca = (modulus: bigint): boolean =>
  ROCA_PRIMES.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))))

function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
}
