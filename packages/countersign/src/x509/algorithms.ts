import type { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509'
import type { CertificateSignature } from '../crypto/seam.ts'
import { toHex } from './decode.ts'
import { isDer } from './der.ts'

/** What a public key is, as far as a floor is concerned. */
export type PublicKeyKind =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: NonNullable<CertificateSignature['curve']> }
  | { readonly kind: 'ed25519' }

/** How a signature is made, before it meets a key. */
export type SignatureAlgorithm = Omit<CertificateSignature, 'curve'>

const NULL = '0500'
/** RSASSA-PSS parameters have one encoding per hash: MGF1 with it, salt as long (RFC 4055 §3.1). */
const pss = (hash: string, saltBytes: string): string =>
  `3034a00f300d06096086480165030402${hash}0500a11c301a06092a864886f70d010108300d06096086480165030402${hash}0500a2030201${saltBytes}`

/**
 * The signature algorithms that a path may use, by the whole AlgorithmIdentifier: parameters that
 * should not be there make it another one. SHA-1, MD5 and DSA are not in the table.
 */
const SIGNATURES: Readonly<Record<string, SignatureAlgorithm>> = {
  [`1.2.840.113549.1.1.11 ${NULL}`]: { family: 'rsa-pkcs1', hashBits: 256 },
  [`1.2.840.113549.1.1.12 ${NULL}`]: { family: 'rsa-pkcs1', hashBits: 384 },
  [`1.2.840.113549.1.1.13 ${NULL}`]: { family: 'rsa-pkcs1', hashBits: 512 },
  [`1.2.840.113549.1.1.10 ${pss('01', '20')}`]: { family: 'rsa-pss', hashBits: 256 },
  [`1.2.840.113549.1.1.10 ${pss('02', '30')}`]: { family: 'rsa-pss', hashBits: 384 },
  [`1.2.840.113549.1.1.10 ${pss('03', '40')}`]: { family: 'rsa-pss', hashBits: 512 },
  '1.2.840.10045.4.3.2 ': { family: 'ecdsa', hashBits: 256 },
  '1.2.840.10045.4.3.3 ': { family: 'ecdsa', hashBits: 384 },
  '1.2.840.10045.4.3.4 ': { family: 'ecdsa', hashBits: 512 },
  '1.3.101.112 ': { family: 'ed25519', hashBits: undefined },
}

/** One text for an AlgorithmIdentifier, to look up and to compare. */
export function nameAlgorithm({ algorithm, parameters }: AlgorithmIdentifier): string {
  if (parameters === undefined) return `${algorithm} `
  return `${algorithm} ${parameters === null ? NULL : toHex(parameters)}`
}

/** Finds a signature algorithm by its {@link nameAlgorithm}; undefined for what no path may use. */
export const signatureNamed = (name: string): SignatureAlgorithm | undefined => SIGNATURES[name]

const RSA = `1.2.840.113549.1.1.1 ${NULL}`
/** Named curves only: explicit parameters let anybody choose a curve with a key (CVE-2020-0601). */
const CURVES: Readonly<Record<string, PublicKeyKind>> = {
  '1.2.840.10045.2.1 06082a8648ce3d030107': { kind: 'ec', curve: 'P-256' },
  '1.2.840.10045.2.1 06052b81040022': { kind: 'ec', curve: 'P-384' },
  '1.2.840.10045.2.1 06052b81040023': { kind: 'ec', curve: 'P-521' },
  '1.3.101.112 ': { kind: 'ed25519' },
}

/** Reads what kind of key it is; undefined for a key that no certificate in a path may have. */
export function readPublicKey(spki: SubjectPublicKeyInfo): PublicKeyKind | undefined {
  const name = nameAlgorithm(spki.algorithm)
  if (name !== RSA) return CURVES[name]
  const key = new Uint8Array(spki.subjectPublicKey)
  // Another encoding could have another length for whoever uses the key.
  return isDer(key) ? { kind: 'rsa', bits: modulusBits(key) } : undefined
}

/** The length of the first INTEGER of an RSAPublicKey; 0 when it is none. */
function modulusBits(key: Uint8Array): number {
  const at = skipHeader(key, 0, 0x30)
  const from = skipHeader(key, at, 0x02)
  const length = from < 0 ? 0 : lengthBefore(key, at)
  const leading = key[from] === 0 ? 1 : 0
  const first = key[from + leading] ?? 0
  return Math.max(0, (length - leading) * 8 - Math.clz32(first) + 24)
}

function skipHeader(bytes: Uint8Array, at: number, tag: number): number {
  if (at < 0 || bytes[at] !== tag) return -1
  const length = bytes[at + 1] ?? 0
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f)
}

function lengthBefore(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1] ?? 0
  if (first < 0x80) return first
  let length = 0
  for (let index = 0; index < (first & 0x7f); index += 1) {
    length = length * 256 + (bytes[at + 2 + index] ?? 0)
  }
  return length
}

const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192

/** Reports whether a key reaches the floor, and is not so large that using it is an attack. */
export const isStrong = (key: PublicKeyKind): boolean =>
  key.kind !== 'rsa' || (key.bits >= MIN_RSA_BITS && key.bits <= MAX_RSA_BITS && key.bits % 8 === 0)

/** Puts an algorithm and the key of the signer together; undefined when they do not fit. */
export function construct(
  algorithm: SignatureAlgorithm,
  key: PublicKeyKind,
): CertificateSignature | undefined {
  const kind = { 'rsa-pkcs1': 'rsa', 'rsa-pss': 'rsa', ecdsa: 'ec', ed25519: 'ed25519' }[
    algorithm.family
  ]
  if (kind !== key.kind) return undefined
  return { ...algorithm, curve: key.kind === 'ec' ? key.curve : undefined }
}
