import { isUtf8 } from 'node:buffer'
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { canonicalBytes } from './node-jws.ts'
import type { DigestEncoding, HashName, MacKey } from './seam.ts'

export { verifyWithSpki } from './node-certificate.ts'
export { generateJwk, importSigner, importVerifier, pemToJwk } from './node-jws.ts'

/** See {@link HashSeam.sha256}. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

/** See {@link HashSeam.digest}. */
export const digest = (
  name: HashName,
  data: Uint8Array | string,
  encoding: DigestEncoding,
): string => hash(name, data, encoding)

interface NodeMacKey extends MacKey {
  readonly object: KeyObject
}

/** See {@link HashSeam.macKey}. */
export const macKey = (secret: Uint8Array): MacKey => {
  const key: NodeMacKey = { kind: 'mac', object: createSecretKey(secret) }
  return key
}

/** See {@link HashSeam.hmacSha256}. */
export const hmacSha256 = (key: MacKey, text: string): string =>
  // Only macKey of this file makes MacKeys on this runtime.
  createHmac('sha256', (key as NodeMacKey).object)
    .update(text)
    .digest('base64url')

/** See {@link HashSeam.mac}. */
export const mac = (key: MacKey, data: Uint8Array | string, encoding: DigestEncoding): string =>
  createHmac('sha256', (key as NodeMacKey).object) // see hmacSha256
    .update(data)
    .digest(encoding)

/** See {@link JwsSeam.encodeBase64url}. */
export const encodeBase64url = (text: string): string => Buffer.from(text).toString('base64url')

/** See {@link JwsSeam.encodeBytes}. */
export const encodeBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** See {@link JwsSeam.decodeBytes}. */
export const decodeBytes = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  canonicalBytes(text)

/** See {@link JwsSeam.decodeUtf8}. */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  const { buffer, byteOffset, byteLength } = bytes
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, byteLength)
  const text = view.toString('utf8')
  // Ill-formed bytes become U+FFFD; only a text that has one is worth asking about.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text
}
