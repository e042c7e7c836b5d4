import { base64url } from 'jose'
import type { DigestEncoding, HashName, MacKey } from './seam.ts'

export { verifyWithSpki } from './web-certificate.ts'
export {
  decodeBytes,
  decodeUtf8,
  encodeBase64url,
  encodeBytes,
  generateJwk,
  importSigner,
  importVerifier,
  pemToJwk,
} from './web-jws.ts'

const utf8 = new TextEncoder()

/** See {@link HashSeam.sha256}. */
export const sha256 = async (text: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text))))

const HASHES = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const

/** See {@link HashSeam.digest}. */
export const digest = async (
  name: HashName,
  data: Uint8Array | string,
  encoding: DigestEncoding,
): Promise<string> =>
  encode(new Uint8Array(await crypto.subtle.digest(HASHES[name], bytesOf(data))), encoding)

const bytesOf = (data: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  typeof data === 'string' ? utf8.encode(data) : new Uint8Array(data)

function encode(bytes: Uint8Array, encoding: DigestEncoding): string {
  if (encoding === 'base64url') return base64url.encode(bytes)
  if (encoding === 'base64') return btoa(String.fromCharCode(...bytes))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

interface WebMacKey extends MacKey {
  readonly object: CryptoKey
}

/** See {@link HashSeam.macKey}. */
export const macKey = async (secret: Uint8Array<ArrayBuffer>): Promise<MacKey> => {
  const object = await crypto.subtle.importKey(
    'raw',
    secret,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const key: WebMacKey = { kind: 'mac', object }
  return key
}

/** See {@link HashSeam.hmacSha256}. */
export const hmacSha256 = async (key: MacKey, text: string): Promise<string> => {
  // Only macKey of this file makes MacKeys on this runtime.
  const { object } = key as WebMacKey
  return base64url.encode(
    new Uint8Array(await crypto.subtle.sign('HMAC', object, utf8.encode(text))),
  )
}

/** See {@link HashSeam.mac}. */
export const mac = async (
  key: MacKey,
  data: Uint8Array | string,
  encoding: DigestEncoding,
): Promise<string> => {
  const { object } = key as WebMacKey // see hmacSha256
  return encode(new Uint8Array(await crypto.subtle.sign('HMAC', object, bytesOf(data))), encoding)
}
