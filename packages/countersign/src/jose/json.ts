import { decodeUtf8 } from '#crypto'
import { err, ok, type Result } from '../core/result.ts'

/** Nesting beyond this is no token: claims sets are flat, `act` chains are short. */
const MAX_DEPTH = 16

/** Why bytes are not accepted as a JSON object. */
export type JsonError = 'malformed' | 'duplicate-member'

/** A JSON object as parsed: frozen at every depth, so that many readers can share one. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Parses a JSON object strictly: well-formed UTF-8, valid JSON, an object, at most {@link MAX_DEPTH} deep, no member
 * twice at any depth. `JSON.parse` keeps the last of two members; others keep the first, and that
 * difference is an attack (RFC 7515 §4, RFC 7519 §4).
 *
 * Two members with one name leave one member behind, so counting both sides finds them: the colons
 * outside strings, and the members of the result.
 */
export function parseJsonObject(bytes: Uint8Array): Result<JsonObject, JsonError> {
  const text = decodeUtf8(bytes)
  if (text === undefined) return err('malformed')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err('malformed')
  }
  if (!isObject(value)) return err('malformed')
  const { members, depth } = measure(bytes)
  if (depth > MAX_DEPTH) return err('malformed')
  return seal(value) === members ? ok(value) : err('duplicate-member')
}

/** Reports whether a value is a JSON object (not an array, not null). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/**
 * Counts the members in valid JSON, and how deep it nests. Bytes are several times faster to walk
 * than a string, and no byte of a multi-byte character looks like a delimiter.
 */
function measure(bytes: Uint8Array): { readonly members: number; readonly depth: number } {
  let members = 0
  let level = 0
  let depth = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === COLON) members += 1
    else if (byte === 0x7b || byte === 0x5b) {
      level += 1
      if (level > depth) depth = level
    } else if (byte === 0x7d || byte === 0x5d) level -= 1
  }
  return { members, depth }
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

/**
 * Freezes a parsed value at every depth and counts its members on the way. `for in` is the fast way
 * to; were somebody to add enumerable members to every object, it would count too many and refuse.
 */
function seal(value: object): number {
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) members += seal(item)
  } else {
    // An object that is no array, out of JSON.parse.
    const record = value as Record<string, unknown>
    for (const name in record) {
      members += 1
      const item = record[name]
      if (typeof item === 'object' && item !== null) members += seal(item)
    }
  }
  Object.freeze(value)
  return members
}
