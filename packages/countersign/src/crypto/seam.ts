import type { MaybePromise } from '../core/maybe.ts'

/** A key for {@link HashSeam.hmacSha256}, imported once. Opaque: each runtime has its own. */
export interface MacKey {
  readonly kind: 'mac'
}

/** How the bytes of a digest are written. */
export type DigestEncoding = 'hex' | 'base64' | 'base64url'

/** The hashes that `Content-Digest` (RFC 9530) and signatures use. */
export type HashName = 'sha256' | 'sha384' | 'sha512'

/**
 * The hashes that both `#crypto` implementations offer. Node answers synchronously, WebCrypto with
 * promises; callers compose with `map` and serve both. Digests leave as base64url text: on Node 24
 * that costs a third of a Buffer.
 */
export interface HashSeam {
  /** SHA-256 of a text (as UTF-8), base64url without padding. */
  sha256(text: string): MaybePromise<string>
  /** Digest of bytes, or of a text as UTF-8. */
  digest(hash: HashName, data: Uint8Array | string, encoding: DigestEncoding): MaybePromise<string>
  /** Imports an HMAC key; at least 16 bytes. */
  macKey(secret: Uint8Array): MaybePromise<MacKey>
  /** HMAC-SHA-256 of a text (as UTF-8), base64url without padding. */
  hmacSha256(key: MacKey, text: string): MaybePromise<string>
  /** HMAC-SHA-256 of bytes, or of a text as UTF-8. */
  mac(key: MacKey, data: Uint8Array | string, encoding: DigestEncoding): MaybePromise<string>
}

/** The constructions that JWS signatures are made with. */
export type JwsFamily = 'hmac' | 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519' | 'ml-dsa'

/** What a runtime has to know of an algorithm; `jose/algorithms.ts` holds the one table of them. */
export interface JwsPrimitive {
  /** The registered name. */
  readonly name: string
  readonly family: JwsFamily
  /** SHA-2 output, in bits; undefined where the construction has its own hash. */
  readonly hashBits: 256 | 384 | 512 | undefined
  /** JWK `crv` of the keys, where there is one. */
  readonly curve: string | undefined
  /** ECDSA: the order of the group, big-endian hexadecimal. */
  readonly order: string | undefined
}

/** A JSON Web Key as a plain object. */
export type Jwk = Readonly<Record<string, unknown>>

/**
 * Reports whether a signature belongs to a signing input (bytes, or a text of bytes: one Latin-1
 * character each), with the key that is closed over: a key
 * that nobody can reach cannot be printed, and cannot be used with another algorithm.
 *
 * Both arguments are attacker-controlled. The signature must be canonical base64url; any other text
 * is refused. Never throws.
 */
export type SignatureVerifier = (
  input: Uint8Array | string,
  signature: string,
) => MaybePromise<boolean>

/** Signs with the key that is closed over. */
export interface SignatureMaker {
  /** Signs at once, in the caller's thread where the runtime can. Returns base64url. */
  sign(input: Uint8Array | string): MaybePromise<string>
  /** Signs on the thread pool: more signatures per second where many are asked for at once. */
  signPooled(input: Uint8Array | string): Promise<string>
}

/** The JWS primitives that both `#crypto` implementations offer. */
export interface JwsSeam {
  /**
   * Imports a public key or HMAC secret.
   *
   * @throws whatever the runtime throws for a key it does not take; callers turn it into their own.
   */
  importVerifier(jwk: Jwk, primitive: JwsPrimitive): MaybePromise<SignatureVerifier>
  /** Imports a private key or HMAC secret. Throws like {@link JwsSeam.importVerifier}. */
  importSigner(jwk: Jwk, primitive: JwsPrimitive): MaybePromise<SignatureMaker>
  /** Reads a PEM public or private key (SPKI, PKCS #8) as a JWK. Throws when it is none. */
  pemToJwk(pem: string, primitive: JwsPrimitive): MaybePromise<Jwk>
  /** Makes a new private key or HMAC secret. */
  generateJwk(primitive: JwsPrimitive): MaybePromise<Jwk>
  /** Encodes a text (as UTF-8) as base64url without padding. */
  encodeBase64url(text: string): string
  /** Encodes bytes as base64url without padding. */
  encodeBytes(bytes: Uint8Array): string
  /**
   * Decodes base64url. Undefined unless the text is the one canonical encoding (no padding, no
   * white space, no stray bits): two texts for one value would be two tokens.
   */
  decodeBytes(text: string): Uint8Array<ArrayBuffer> | undefined
  /** Decodes UTF-8; undefined for ill-formed bytes. A byte order mark stays, as content. */
  decodeUtf8(bytes: Uint8Array): string | undefined
}

/** How a certificate authority signs: the construction, apart from the key (RFC 5280 §4.1.1.2). */
export interface CertificateSignature {
  readonly family: 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519'
  /** SHA-2 output, in bits. Undefined for Ed25519, which has its own hash. */
  readonly hashBits: 256 | 384 | 512 | undefined
  /** The named curve of an EC key; undefined for every other key. */
  readonly curve: 'P-256' | 'P-384' | 'P-521' | undefined
}

/** What was signed, and the signature as it stands in the certificate: ECDSA in DER. */
export interface SignedBytes {
  readonly data: Uint8Array
  readonly signature: Uint8Array
}

/** Signatures with keys that come as SubjectPublicKeyInfo. */
export interface CertificateSeam {
  /**
   * Reports whether a signature over bytes was made by the key of a SubjectPublicKeyInfo (DER). The
   * caller has checked that the key fits the construction. All bytes are attacker-controlled: what
   * cannot be read answers false. Never throws.
   */
  verifyWithSpki(
    spki: Uint8Array,
    construction: CertificateSignature,
    signed: SignedBytes,
  ): MaybePromise<boolean>
}
