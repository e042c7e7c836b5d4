import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto'
import { equalDigests } from '../core/constant-time.ts'
import { fromDer, groupOf, isInRange, toDer } from './ecdsa-signature.ts'
import { publicPart } from './public-part.ts'
import type {
  Jwk,
  JwsFamily,
  JwsPrimitive,
  JwsSeam,
  SignatureMaker,
  SignatureVerifier,
} from './seam.ts'

/**
 * JWS signatures on `node:crypto`, synchronous. Two measured facts of Node 24 shape this file: a
 * bare `KeyObject` is a third faster than one wrapped in an options object, and a digest that
 * leaves as text is faster than one that leaves as a Buffer.
 */

type Digest = 'sha256' | 'sha384' | 'sha512'
/** What `sign` and `verify` take: the bare key wherever no option is needed. */
type KeyArgument = KeyObject | SignKeyObjectInput

/** How one family of algorithms uses `sign` and `verify`. */
interface Family {
  key(object: KeyObject): KeyArgument
  /** From the bytes of a JWS signature to those of OpenSSL; undefined for what cannot be one. */
  toNative(primitive: JwsPrimitive): (signature: Buffer) => Uint8Array | undefined
  /** From OpenSSL's bytes to those of a JWS signature. */
  fromNative(primitive: JwsPrimitive): (signature: Buffer) => Uint8Array
  generate(primitive: JwsPrimitive): KeyObject
}

const RSA_BITS = 2048
const asIs =
  () =>
  (signature: Buffer): Buffer =>
    signature
const bare = (object: KeyObject): KeyObject => object
const generateRsa = (): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey

const FAMILIES: Readonly<Record<Exclude<JwsFamily, 'hmac'>, Family>> = {
  'rsa-pkcs1': { key: bare, toNative: asIs, fromNative: asIs, generate: generateRsa },
  'rsa-pss': {
    // RFC 7518 §3.5: the salt is as long as the hash. PSS is the one family that needs options.
    key: (key) => ({
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
    toNative: asIs,
    fromNative: asIs,
    generate: generateRsa,
  },
  ecdsa: {
    key: bare,
    toNative: ({ order = '' }) => {
      const group = groupOf(order)
      return (signature) =>
        isInRange(signature, group) ? toDer(signature, group.bytes) : undefined
    },
    fromNative: ({ order = '' }) => {
      const { bytes } = groupOf(order)
      return (signature) => fromDer(signature, bytes)
    },
    generate: ({ curve = '' }) => generateKeyPairSync('ec', { namedCurve: curve }).privateKey,
  },
  ed25519: {
    key: bare,
    toNative: asIs,
    fromNative: asIs,
    generate: () => generateKeyPairSync('ed25519').privateKey,
  },
  'ml-dsa': {
    key: bare,
    toNative: asIs,
    fromNative: asIs,
    generate: ({ name }) => generateMlDsa(name),
  },
}

const ML_DSA = {
  'ML-DSA-44': () => generateKeyPairSync('ml-dsa-44'),
  'ML-DSA-65': () => generateKeyPairSync('ml-dsa-65'),
  'ML-DSA-87': () => generateKeyPairSync('ml-dsa-87'),
}

function generateMlDsa(name: string): KeyObject {
  // The table of algorithms has these three names in the family.
  return ML_DSA[name as keyof typeof ML_DSA]().privateKey
}

const digestOf = ({ hashBits }: JwsPrimitive): Digest | null =>
  hashBits === undefined ? null : `sha${hashBits}`

/** A text of a signing input is a text of bytes. */
const bytesOf = (input: Uint8Array | string): Uint8Array =>
  typeof input === 'string' ? Buffer.from(input, 'latin1') : input

const secretOf = (jwk: Jwk): KeyObject =>
  createSecretKey(typeof jwk['k'] === 'string' ? jwk['k'] : '', 'base64url')

/** The bytes behind a base64url text, or undefined unless the text is their canonical encoding. */
export function canonicalBytes(text: string): Buffer<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // The decoder forgives padding, white space, the other alphabet and stray bits. Encoding again
  // is the one check that forgives none of them.
  return bytes.toString('base64url') === text ? bytes : undefined
}

function macOf(input: Uint8Array | string, key: KeyObject, digest: Digest): string {
  const mac = createHmac(digest, key)
  // Not through bytesOf: a text goes into the hash without a copy.
  const fed = typeof input === 'string' ? mac.update(input, 'latin1') : mac.update(input)
  return fed.digest('base64url')
}

/** See {@link JwsSeam.importVerifier}. */
export const importVerifier: JwsSeam['importVerifier'] = (jwk, primitive) => {
  const digest = digestOf(primitive)
  if (primitive.family === 'hmac') return macVerifier(secretOf(jwk), digest ?? 'sha256')
  const family = FAMILIES[primitive.family]
  const key = family.key(createPublicKey({ key: publicPart(jwk), format: 'jwk' }))
  const toNative = family.toNative(primitive)
  return (input, signature) => {
    const bytes = canonicalBytes(signature)
    const native = bytes === undefined ? undefined : toNative(bytes)
    if (native === undefined) return false
    try {
      return verify(digest, bytesOf(input), key, native)
    } catch {
      // OpenSSL throws for some signatures that cannot be one; to the caller they are just bad.
      return false
    }
  }
}

/** The MAC leaves as text: one text is canonical, so the comparison checks the encoding too. */
const macVerifier =
  (key: KeyObject, digest: Digest): SignatureVerifier =>
  (input, signature) =>
    equalDigests(macOf(input, key, digest), signature)

/** See {@link JwsSeam.importSigner}. */
export const importSigner: JwsSeam['importSigner'] = (jwk, primitive) => {
  const digest = digestOf(primitive)
  if (primitive.family === 'hmac') return macMaker(secretOf(jwk), digest ?? 'sha256')
  const family = FAMILIES[primitive.family]
  const key = family.key(createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
  const fromNative = family.fromNative(primitive)
  const encode = (native: Buffer): string => Buffer.from(fromNative(native)).toString('base64url')
  return {
    sign: (input) => encode(sign(digest, bytesOf(input), key)),
    signPooled: (input) =>
      new Promise((resolve, reject) => {
        sign(digest, bytesOf(input), key, (error, native) => {
          if (error === null) resolve(encode(native))
          else reject(error)
        })
      }),
  }
}

function macMaker(key: KeyObject, digest: Digest): SignatureMaker {
  const make = (input: Uint8Array | string): string => macOf(input, key, digest)
  // A MAC is cheaper than the way to the thread pool.
  return { sign: make, signPooled: (input) => Promise.resolve(make(input)) }
}

/** See {@link JwsSeam.pemToJwk}. */
export const pemToJwk: JwsSeam['pemToJwk'] = (pem) => {
  const key = pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : createPublicKey(pem)
  return { ...key.export({ format: 'jwk' }) }
}

/** See {@link JwsSeam.generateJwk}. */
export const generateJwk: JwsSeam['generateJwk'] = (primitive) => {
  if (primitive.family === 'hmac') {
    const secret = randomBytes((primitive.hashBits ?? 256) / 8)
    return { kty: 'oct', k: secret.toString('base64url') }
  }
  return { ...FAMILIES[primitive.family].generate(primitive).export({ format: 'jwk' }) }
}
