/** The one encoding of a name, a value or a segment (RFC 3986 §2), as AWS writes it. */

/** Everything but the unreserved characters of RFC 3986 §2.3; an escape counts as one. */
const TO_ENCODE_ONCE = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu
const TO_ENCODE = /[^A-Za-z0-9\-._~]/gu
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** One encoding for one byte string, without decoding into text what may be no text. */
export const encodeOnce = (raw: string): string => raw.replace(TO_ENCODE_ONCE, normalEscape)
/** Encodes a name or a value for a query that is made here. */
export const encodeUri = (raw: string): string => raw.replace(TO_ENCODE, escapeCharacter)

function normalEscape(part: string): string {
  if (part.length !== 3 || !part.startsWith('%')) return escapeCharacter(part)
  const character = String.fromCharCode(Number.parseInt(part.slice(1), 16))
  return UNRESERVED.test(character) ? character : part.toUpperCase()
}

const escapeCharacter = (character: string): string =>
  encodeURIComponent(character.toWellFormed()).replace(
    /[!'()*]/,
    (kept) => `%${kept.charCodeAt(0).toString(16).toUpperCase()}`,
  )
