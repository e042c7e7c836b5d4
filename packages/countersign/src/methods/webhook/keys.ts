import { mac, macKey } from '#crypto'
import { equalDigests } from '../../core/constant-time.ts'
import { assertConfig } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { Secret } from '../../core/secret.ts'
import type { DigestEncoding } from '../../crypto/seam.ts'
import { anyOf } from './together.ts'

/** A secret as configuration holds it. */
export type SecretText = Secret | string

/** Keys of a sender that may be live at once: every one is tried on every delivery. */
const MAX_KEYS = 4
/** RFC 2104 §3 asks for the length of the hash; senders give out as little as this. */
const MIN_SECRET_BYTES = 16

/** The text of a configured secret. */
export const reveal = (secret: SecretText): string =>
  secret instanceof Secret ? secret.reveal() : secret

/** A sender has at least one key, and not so many that trying them all is an attack. */
export function assertKeyCount(count: number, name: string): void {
  assertConfig(
    count > 0 && count <= MAX_KEYS,
    'CS_CONFIG_WEBHOOK_KEYS',
    `${name}: give 1 to ${MAX_KEYS} keys: the current one, and the old one while it is rotated`,
  )
}

/** The key of senders that use the text of a secret as it is. */
export function textSecret(secret: SecretText, name: string): Uint8Array {
  const bytes = new TextEncoder().encode(reveal(secret))
  assertConfig(
    bytes.length >= MIN_SECRET_BYTES,
    'CS_CONFIG_WEBHOOK_SECRET',
    `${name}: a secret has at least ${MIN_SECRET_BYTES} bytes`,
  )
  return bytes
}

/** Compares the HMAC-SHA-256 of some content with what was sent. */
export type MacChecker = (content: Uint8Array, sent: readonly string[]) => MaybePromise<boolean>

/**
 * Makes a checker for secrets that are live at once. Every secret is tried against every value,
 * whatever was found before, in constant time: a delivery does not tell which secret is which.
 */
export function macChecker(secrets: readonly Uint8Array[], encoding: DigestEncoding): MacChecker {
  const keys = secrets.map((secret) => macKey(new Uint8Array(secret)))
  return (content, sent) =>
    anyOf(
      keys.map((key) =>
        map(key, (imported) =>
          map(
            mac(imported, content, encoding),
            (expected) => sent.filter((value) => equalDigests(expected, value)).length > 0,
          ),
        ),
      ),
    )
}
