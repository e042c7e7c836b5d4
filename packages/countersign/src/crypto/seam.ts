import type { MaybePromise } from '../core/maybe.ts'

/** A key for {@link HashSeam.hmacSha256}, imported once. Opaque: each runtime has its own. */
export interface MacKey {
  readonly kind: 'mac'
}

/**
 * The hashes that both `#crypto` implementations offer. Node answers synchronously, WebCrypto with
 * promises; callers compose with `map` and serve both. Digests leave as base64url text: on Node 24
 * that costs a third of a Buffer.
 */
export interface HashSeam {
  /** SHA-256 of a text (as UTF-8), base64url without padding. */
  sha256(text: string): MaybePromise<string>
  /** Imports an HMAC key; at least 16 bytes. */
  macKey(secret: Uint8Array): MaybePromise<MacKey>
  /** HMAC-SHA-256 of a text (as UTF-8), base64url without padding. */
  hmacSha256(key: MacKey, text: string): MaybePromise<string>
}
