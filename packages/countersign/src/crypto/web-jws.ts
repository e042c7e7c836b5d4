import {
  base64url,
  CompactSign,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  importPKCS8,
  importSPKI,
  type CryptoKey,
} from 'jose'
import { groupOf, isInRange } from './ecdsa-signature.ts'
import { publicPart } from './public-part.ts'
import type { JwsSeam } from './seam.ts'

/**
 * JWS signatures by `jose` on WebCrypto: the portable implementation, and the one that the Node
 * fast path is compared with in the property tests.
 */

const utf8 = new TextEncoder()

/** See {@link JwsSeam.importVerifier}. */
export const importVerifier: JwsSeam['importVerifier'] = async (jwk, { name, family, order }) => {
  const key = await importJWK(withoutUsage(publicPart(jwk)), name)
  const group = family === 'ecdsa' && order !== undefined ? groupOf(order) : undefined
  return async (input, signature) => {
    const bytes = canonicalBytes(signature)
    if (bytes === undefined) return false
    // WebCrypto implementations are not all equally careful with r and s.
    if (group !== undefined && !isInRange(bytes, group)) return false
    try {
      await compactVerify(`${input}.${signature}`, key)
      return true
    } catch {
      return false
    }
  }
}

/** See {@link JwsSeam.importSigner}. */
export const importSigner: JwsSeam['importSigner'] = async (jwk, { name }) => {
  const key = await importJWK(withoutUsage(jwk), name)
  const sign = (input: string): Promise<string> => signWith(key, input)
  return { sign, signPooled: sign }
}

async function signWith(key: CryptoKey | Uint8Array, input: string): Promise<string> {
  const dot = input.indexOf('.')
  const header: unknown = JSON.parse(text(base64url.decode(input.slice(0, dot))))
  const payload = base64url.decode(input.slice(dot + 1))
  // The header was made by our own serializer: an object that names its algorithm. jose writes it
  // again with the same JSON.stringify, so the signing input is the same text.
  const jws = await new CompactSign(payload).setProtectedHeader(header as { alg: string }).sign(key)
  return jws.slice(jws.lastIndexOf('.') + 1)
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** What a JWK says about its use was checked with the key; WebCrypto would add its own opinion. */
function withoutUsage(jwk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { use: _use, key_ops: _ops, ext: _ext, ...rest } = jwk
  return rest
}

/** See {@link JwsSeam.pemToJwk}. */
export const pemToJwk: JwsSeam['pemToJwk'] = async (pem, { name }) => {
  const read = pem.includes('PRIVATE KEY') ? importPKCS8 : importSPKI
  return { ...(await exportJWK(await read(pem, name, { extractable: true }))) }
}

/** See {@link JwsSeam.generateJwk}. */
export const generateJwk: JwsSeam['generateJwk'] = async ({ name, family, hashBits = 256 }) => {
  if (family === 'hmac') {
    const secret = crypto.getRandomValues(new Uint8Array(hashBits / 8))
    return { kty: 'oct', k: base64url.encode(secret) }
  }
  const { privateKey } = await generateKeyPair(name, { extractable: true, modulusLength: 2048 })
  return { ...(await exportJWK(privateKey)) }
}

/** The bytes behind a base64url text, or undefined unless the text is their canonical encoding. */
export function canonicalBytes(encoded: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = new Uint8Array(base64url.decode(encoded))
    return base64url.encode(bytes) === encoded ? bytes : undefined
  } catch {
    return undefined
  }
}

/** See {@link JwsSeam.encodeBase64url}. */
export const encodeBase64url = (plain: string): string => base64url.encode(utf8.encode(plain))

/** See {@link JwsSeam.encodeBytes}. */
export const encodeBytes = (bytes: Uint8Array): string => base64url.encode(bytes)

/** See {@link JwsSeam.decodeBytes}. */
export const decodeBytes = (encoded: string): Uint8Array<ArrayBuffer> | undefined =>
  canonicalBytes(encoded)

/** See {@link JwsSeam.decodeUtf8}. */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
