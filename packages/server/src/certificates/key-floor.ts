import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from 'countersign'
import { CERTIFICATE_LIMITS } from './limits.ts'

/** Kinds of key that a certificate may hold. */
export type KeyKind = 'ec' | 'ed25519' | 'rsa'

/** A public key above the floor, in its one canonical form. */
export interface SubjectKey {
  readonly kind: KeyKind
  readonly key: KeyObject
  /** SubjectPublicKeyInfo, written by us: no odd parameters, no compressed point survive. */
  readonly spki: Buffer
}

const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1'])
const { minRsaBits, maxRsaBits } = CERTIFICATE_LIMITS

/**
 * Reads a SubjectPublicKeyInfo and holds it against the floor: P-256, P-384, Ed25519, RSA of 2,048
 * to 8,192 bits with the exponent 65,537. Does not look for known-weak moduli.
 */
export function readSubjectKey(spki: Uint8Array): Result<SubjectKey, 'malformed' | 'weak-key'> {
  try {
    const given = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const kind = kindOf(given)
    if (kind === undefined) return err('weak-key')
    const key = createPublicKey({ key: given.export({ format: 'jwk' }), format: 'jwk' })
    return ok({ kind, key, spki: spkiOf(key) })
  } catch {
    // OpenSSL's words for hostile bytes help nobody.
    return err('malformed')
  }
}

/** A key as SubjectPublicKeyInfo in DER. */
export const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' })

/**
 * The key identifier of a public key: 160 bits of the SHA-256 of its SubjectPublicKeyInfo.
 *
 * @see [RFC 7093 §2](https://www.rfc-editor.org/rfc/rfc7093#section-2) method 4, truncated
 */
export const keyIdentifier = (spki: Uint8Array): Buffer =>
  hash('sha256', spki, 'buffer').subarray(0, 20)

function kindOf(key: KeyObject): KeyKind | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key
  const { namedCurve, modulusLength = 0, publicExponent } = details
  if (type === 'ed25519') return type
  if (type === 'ec') return CURVES.has(namedCurve) ? type : undefined
  if (type !== 'rsa' || publicExponent !== 65_537n) return undefined
  return modulusLength >= minRsaBits && modulusLength <= maxRsaBits ? type : undefined
}
