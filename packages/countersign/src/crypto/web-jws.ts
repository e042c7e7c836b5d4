import {
  base64url,
  exportJWK,
  generateKeyPair,
  importJWK,
  importPKCS8,
  importSPKI,
  type CryptoKey,
} from 'jose'
import { groupOf, isInRange } from './ecdsa-signature.ts'
import { publicPart } from './public-part.ts'
import type { Jwk, JwsFamily, JwsPrimitive, JwsSeam } from './seam.ts'

/**
 * JWS signatures on WebCrypto, with keys imported by `jose`: the portable implementation, and the one that the Node
 * fast path is compared with in the property tests.
 */

const utf8 = new TextEncoder()

/** See {@link JwsSeam.importVerifier}. */
export const importVerifier: JwsSeam['importVerifier'] = async (jwk, primitive) => {
  const { family, order } = primitive
  const key = await importKey(publicPart(jwk), primitive)
  const group = family === 'ecdsa' && order !== undefined ? groupOf(order) : undefined
  return async (input, signature) => {
    const bytes = canonicalBytes(signature)
    if (bytes === undefined) return false
    // WebCrypto implementations are not all equally careful with r and s.
    if (group !== undefined && !isInRange(bytes, group)) return false
    try {
      return await crypto.subtle.verify(parametersOf(primitive), key, bytes, bytesOf(input))
    } catch {
      return false
    }
  }
}

/** See {@link JwsSeam.importSigner}. */
export const importSigner: JwsSeam['importSigner'] = async (jwk, primitive) => {
  const key = await importKey(jwk, primitive)
  const sign = async (input: Uint8Array | string): Promise<string> => {
    const made = await crypto.subtle.sign(parametersOf(primitive), key, bytesOf(input))
    return base64url.encode(new Uint8Array(made))
  }
  return { sign, signPooled: sign }
}

/** Keys come in by jose, which checks them; a secret comes back as its bytes. */
async function importKey(jwk: Jwk, { name, hashBits = 256 }: JwsPrimitive): Promise<CryptoKey> {
  const key = await importJWK(withoutUsage(jwk), name)
  if (!(key instanceof Uint8Array)) return key
  const hash = `SHA-${hashBits}`
  const usages = ['sign', 'verify'] as const
  return crypto.subtle.importKey('raw', new Uint8Array(key), { name: 'HMAC', hash }, false, usages)
}

interface Parameters {
  readonly name: string
  readonly hash?: string
  readonly saltLength?: number
}

/** How WebCrypto names the construction of an algorithm. */
const PARAMETERS: Readonly<Record<JwsFamily, (primitive: JwsPrimitive) => Parameters>> = {
  hmac: () => ({ name: 'HMAC' }),
  'rsa-pkcs1': () => ({ name: 'RSASSA-PKCS1-v1_5' }),
  // RFC 7518 §3.5: the salt is as long as the hash.
  'rsa-pss': ({ hashBits = 256 }) => ({ name: 'RSA-PSS', saltLength: hashBits / 8 }),
  ecdsa: ({ hashBits = 256 }) => ({ name: 'ECDSA', hash: `SHA-${hashBits}` }),
  ed25519: () => ({ name: 'Ed25519' }),
  'ml-dsa': ({ name }) => ({ name }),
}

const parametersOf = (primitive: JwsPrimitive): Parameters =>
  PARAMETERS[primitive.family](primitive)

/** A text of a signing input is a text of bytes. */
const bytesOf = (input: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  typeof input === 'string'
    ? Uint8Array.from(input, (character) => character.charCodeAt(0))
    : new Uint8Array(input)

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
