/** The chain of keys: a secret signs a day, the day a region, the region a service. */
import { decodeBytes, digest, mac, macKey } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Secret } from '../../core/secret.ts'
import type { MacKey } from '../../crypto/seam.ts'
import { serializeScope, type SigV4Scope } from './scope.ts'

const NOTHING = new Uint8Array(0)

/**
 * Derives the key that signs for one day, region and service. Whoever holds it can verify and sign
 * inside that scope, and learns nothing of the secret or of tomorrow's key: hand it to an edge that
 * must not hold the secret.
 *
 * @param secret - The secret access key, at least 16 characters.
 * @returns 32 bytes, to be kept as secret as the secret for as long as the scope is accepted.
 */
export function deriveSigningKey(
  secret: Secret,
  scope: SigV4Scope,
): MaybePromise<Uint8Array<ArrayBuffer>> {
  const root = new TextEncoder().encode(`AWS4${secret.reveal()}`)
  const steps = [scope.date, scope.region, scope.service, 'aws4_request']
  return steps.reduce<MaybePromise<Uint8Array<ArrayBuffer>>>(
    (key, step) => map(key, (bytes) => macBytes(bytes, step)),
    root,
  )
}

const macBytes = (
  key: Uint8Array<ArrayBuffer>,
  text: string,
): MaybePromise<Uint8Array<ArrayBuffer>> =>
  map(macKey(key), (imported) =>
    map(mac(imported, text, 'base64url'), (encoded) => decodeBytes(encoded) ?? NOTHING),
  )

/**
 * Writes the string to sign of a request.
 *
 * @param hash - SHA-256 of the canonical request, lower-case hexadecimal.
 */
export const stringToSign = (amzDate: string, scope: SigV4Scope, hash: string): string =>
  `AWS4-HMAC-SHA256\n${amzDate}\n${serializeScope(scope)}\n${hash}`

/** Signs a canonical request: 64 lower-case hexadecimal digits. */
export const signCanonical = (
  key: MacKey,
  canonical: string,
  { amzDate, scope }: { readonly amzDate: string; readonly scope: SigV4Scope },
): MaybePromise<string> =>
  map(digest('sha256', canonical, 'hex'), (hash) =>
    mac(key, stringToSign(amzDate, scope, hash), 'hex'),
  )
