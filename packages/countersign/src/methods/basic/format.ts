import { err, ok, type Result } from '../../core/result.ts'
import { Secret } from '../../core/secret.ts'

/** A user name and a password, as a caller sent them. */
export interface BasicCredentials {
  readonly username: string
  readonly password: Secret
}

/** Longest value that is decoded: a user name and a password of a few hundred characters. */
export const MAX_BASIC_LENGTH = 1024

/** RFC 4648 §4, padded: RFC 7617 leaves no other form, and one credential has one spelling. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** `CTL` of RFC 5234, which RFC 7617 §2 forbids, and the C1 controls. */
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the value of `Authorization: Basic`. Checks, in order: size, strict base64 (padding and
 * unused bits included), UTF-8, a colon, a user name, no control characters.
 *
 * Both parts come back in Unicode Normalization Form C, as the `UTF-8` charset of RFC 7617 wants:
 * "é" typed on two systems is two byte sequences and one password. Normalise before hashing, too.
 *
 * @param value - Attacker-controlled, of any length.
 * @see [RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)
 */
export function parseBasic(value: string): Result<BasicCredentials, 'basic.malformed'> {
  const text = value.length > MAX_BASIC_LENGTH ? undefined : decode(value)
  if (text === undefined || CONTROL.test(text)) return err('basic.malformed')
  // RFC 7617 §2: the first colon ends the user-id; a password may hold more of them.
  const colon = text.indexOf(':')
  if (colon <= 0) return err('basic.malformed')
  const username = text.slice(0, colon).normalize('NFC')
  return ok({ username, password: new Secret(text.slice(colon + 1).normalize('NFC')) })
}

function decode(value: string): string | undefined {
  if (value === '' || !BASE64.test(value)) return undefined
  const bytes = atob(value)
  // atob forgives unused bits; encoding again does not.
  if (btoa(bytes) !== value) return undefined
  try {
    return utf8.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))
  } catch {
    return undefined
  }
}
