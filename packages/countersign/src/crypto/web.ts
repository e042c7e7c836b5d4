import { base64url } from 'jose'
import type { MacKey } from './seam.ts'

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
