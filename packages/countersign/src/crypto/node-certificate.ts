import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { CertificateSeam } from './seam.ts'

/** Signatures of certificates on `node:crypto`, synchronous. OpenSSL reads ECDSA as DER itself. */

/** Importing a key costs as much as using it, and an anchor is used for every client. */
const imported = new WeakMap<Uint8Array, KeyObject>()

function keyOf(spki: Uint8Array): KeyObject {
  const known = imported.get(spki)
  if (known !== undefined) return known
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  imported.set(spki, key)
  return key
}

/** See {@link CertificateSeam.verifyWithSpki}. */
export const verifyWithSpki: CertificateSeam['verifyWithSpki'] = (spki, construction, signed) => {
  const { family, hashBits } = construction
  const digest = hashBits === undefined ? null : `sha${hashBits}`
  try {
    const key = keyOf(spki)
    if (family !== 'rsa-pss') return verify(digest, signed.data, key, signed.signature)
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
    return verify(digest, signed.data, { key, padding, saltLength }, signed.signature)
  } catch {
    // A key that OpenSSL cannot read has signed nothing.
    return false
  }
}
