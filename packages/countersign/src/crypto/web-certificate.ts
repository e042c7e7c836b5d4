import { fromDer, toDer } from './ecdsa-signature.ts'
import type { CertificateSeam, CertificateSignature } from './seam.ts'

/** Signatures of certificates on WebCrypto: the portable twin of node-certificate.ts. */

const NAMES = {
  'rsa-pkcs1': 'RSASSA-PKCS1-v1_5',
  'rsa-pss': 'RSA-PSS',
  ecdsa: 'ECDSA',
  ed25519: 'Ed25519',
} as const

interface Parameters {
  readonly name: string
  readonly hash?: string
  readonly namedCurve?: string
  readonly saltLength?: number
}

/** One object serves import and verification; each ignores what it does not know. */
function parametersOf({ family, hashBits, curve }: CertificateSignature): Parameters {
  const name = NAMES[family]
  if (hashBits === undefined) return { name }
  const hash = `SHA-${hashBits}`
  if (curve !== undefined) return { name, hash, namedCurve: curve }
  return { name, hash, saltLength: hashBits / 8 }
}

const SCALAR_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const

/** WebCrypto wants `r || s`. Written back, they must be the bytes that came: one reading only. */
function rawSignature(der: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> | undefined {
  const raw = new Uint8Array(fromDer(der, bytes))
  const again = toDer(raw, bytes)
  const same = again.length === der.length && again.every((byte, index) => byte === der[index])
  return same ? raw : undefined
}

/** See {@link CertificateSeam.verifyWithSpki}. */
export const verifyWithSpki: CertificateSeam['verifyWithSpki'] = async (
  spki,
  construction,
  { data, signature },
) => {
  const parameters = parametersOf(construction)
  const { curve } = construction
  try {
    const bytes =
      curve === undefined ? new Uint8Array(signature) : rawSignature(signature, SCALAR_BYTES[curve])
    if (bytes === undefined) return false
    const key = await crypto.subtle.importKey('spki', new Uint8Array(spki), parameters, false, [
      'verify',
    ])
    return await crypto.subtle.verify(parameters, key, bytes, new Uint8Array(data))
  } catch {
    return false
  }
}
