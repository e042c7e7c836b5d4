import { decodeBytes } from '#crypto'
import { LruCache } from '../core/lru.ts'
import { err, ok, type Result } from '../core/result.ts'
import { parseJsonObject, type JsonObject } from './json.ts'

/** Why a text is not a compact JWS that we read. The codes are those of the `jwt.*` reasons. */
export type CompactError =
  | 'too-large'
  | 'malformed'
  | 'not-canonical'
  | 'duplicate-member'
  | 'encrypted'
  | 'critical-header'

/** A JWS header that passed. Nothing in it is trusted: it selects, it does not decide. */
export interface JwsHeader {
  readonly alg: string
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly members: JsonObject
}

/** The parts of a compact JWS. */
export interface CompactJws {
  readonly header: JwsHeader
  /** What was signed: header and payload as sent. */
  readonly input: string
  /** The payload as sent, base64url. */
  readonly payload: string
  /** The signature as sent, base64url, not yet decoded. */
  readonly signature: string
}

/**
 * Headers by their encoded text. All tokens of one key share one header, so that parsing it once is
 * nearly always enough. Filled by {@link rememberHeader} after the signature was good: nobody fills
 * it with junk.
 */
const headers = new LruCache<string, JwsHeader>(256)
/** The header of the last good token: comparing is cheaper than hashing, and usually enough. */
let last: { readonly encoded: string; readonly header: JwsHeader } | undefined

function rememberedHeader(encoded: string): JwsHeader | undefined {
  return last?.encoded === encoded ? last.header : headers.peek(encoded)
}

/**
 * Splits and parses a compact JWS, strictly and without deciding anything. Checks, in order: size,
 * five parts (a JWE), three parts, canonical base64url of a UTF-8 JSON object for the header,
 * duplicate members, types of `alg`, `kid`, `typ`, no `crit` and no `b64`.
 *
 * Does not decode payload and signature, and looks at no key: `jwk`, `jku`, `x5u` and `x5c` are
 * never read.
 *
 * @param token - Attacker-controlled.
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1) compact serialization
 */
export function parseCompact(token: string, maxBytes: number): Result<CompactJws, CompactError> {
  if (token.length > maxBytes) return err('too-large')
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // indexOf starts over from the left when there was no first dot; both are then the same.
  if (first < 0 || second <= first) return err('malformed')
  if (token.includes('.', second + 1)) return err(isJwe(token) ? 'encrypted' : 'malformed')
  const encoded = token.slice(0, first)
  const known = rememberedHeader(encoded)
  const header = known === undefined ? parseHeader(encoded) : ok(known)
  if (!header.ok) return header
  return ok({
    header: header.value,
    input: token.slice(0, second),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
  })
}

/** Keeps the header of a token whose signature was good. */
export function rememberHeader({ header, input }: CompactJws): void {
  if (last?.header === header) return
  const encoded = input.slice(0, input.indexOf('.'))
  if (headers.peek(encoded) === undefined) headers.set(encoded, header)
  last = { encoded, header }
}

/** RFC 7516 §3.1: a compact JWE has five parts. */
const isJwe = (token: string): boolean => token.split('.', 6).length === 5

function parseHeader(encoded: string): Result<JwsHeader, CompactError> {
  const bytes = decodeBytes(encoded)
  if (bytes === undefined) return err('not-canonical')
  const parsed = parseJsonObject(bytes)
  if (!parsed.ok) return parsed
  const { alg, kid, typ, crit, b64 } = parsed.value
  // RFC 7515 §4.1.11: extensions that must be understood, and we understand none. b64 (RFC 7797)
  // without crit would change what was signed for some readers only.
  if (crit !== undefined || b64 !== undefined) return err('critical-header')
  if (typeof alg !== 'string' || !isOptionalText(kid) || !isOptionalText(typ))
    return err('malformed')
  return ok(Object.freeze({ alg, kid, typ, members: parsed.value }))
}

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

/** Decodes and parses the payload of a JWS that must be a JSON object, as strictly as the header. */
export function parsePayload(payload: string): Result<JsonObject, CompactError> {
  const bytes = decodeBytes(payload)
  return bytes === undefined ? err('not-canonical') : parseJsonObject(bytes)
}
