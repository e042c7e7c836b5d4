import { err, ok, type Result } from '../core/result.ts'

/** Nesting beyond this is no token: claims sets are flat, `act` chains are short. */
const MAX_DEPTH = 16

/** Why a text is not accepted as a JSON object. */
export type JsonError = 'malformed' | 'duplicate-member'

/** A JSON object as parsed: frozen at every depth, so that many readers can share one. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Parses a JSON object strictly: valid JSON, an object, at most {@link MAX_DEPTH} deep, no member
 * twice at any depth. `JSON.parse` keeps the last of two members; others keep the first, and that
 * difference is an attack (RFC 7515 §4, RFC 7519 §4).
 *
 * Two members with one name leave one member behind, so counting both sides finds them: the colons
 * of the text outside strings, and the members of the result.
 */
export function parseJsonObject(text: string): Result<JsonObject, JsonError> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err('malformed')
  }
  if (!isObject(value)) return err('malformed')
  const { members, depth } = measure(text)
  if (depth > MAX_DEPTH) return err('malformed')
  return seal(value) === members ? ok(value) : err('duplicate-member')
}

/** Reports whether a value is a JSON object (not an array, not null). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Counts the members in valid JSON text, and how deep it nests. */
function measure(text: string): { readonly members: number; readonly depth: number } {
  let members = 0
  let level = 0
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COLON) members += 1
    else if (code === 0x7b || code === 0x5b) {
      level += 1
      if (level > depth) depth = level
    } else if (code === 0x7d || code === 0x5d) level -= 1
  }
  return { members, depth }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

/** Freezes a parsed value at every depth and counts its members on the way. */
function seal(value: object): number {
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) members += seal(item)
  } else {
    for (const item of Object.values(value)) {
      members += 1
      if (typeof item === 'object' && item !== null) members += seal(item)
    }
  }
  Object.freeze(value)
  return members
}
