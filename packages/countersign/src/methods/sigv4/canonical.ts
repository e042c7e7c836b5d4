/** The canonical request: what both sides sign, whatever happened to white space and order. */

/** How a service writes paths; the signer and the verifier must agree on it. */
export interface PathMode {
  /**
   * `double`: what is on the wire is encoded once more (all services but S3). `single`: what is on
   * the wire is brought to its one normal encoding (S3).
   */
  readonly encoding: 'double' | 'single'
  /** Dot segments and empty segments are removed before signing (all services but S3). */
  readonly normalize: boolean
}

/** The parts of a canonical request. */
export interface CanonicalParts {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Signed names with all their values, sorted by name. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[]
  /** Lower-case hexadecimal SHA-256 of the body, or the literal that stands for it. */
  readonly payload: string
}

/** Writes a canonical request. */
export function canonicalRequest(parts: CanonicalParts): string {
  const { method, path, query, headers, payload } = parts
  const lines = headers.map(([name, values]) => `${name}:${canonicalValue(values)}\n`).join('')
  const names = headers.map(([name]) => name).join(';')
  return `${method}\n${path}\n${query}\n${lines}\n${names}\n${payload}`
}

/** Trims every value, makes runs of white space one space, and joins what came more than once. */
export const canonicalValue = (values: readonly string[]): string =>
  values.map((value) => value.trim().replaceAll(/[ \t\r\n]+/g, ' ')).join(',')

/** Brings the path of a request target to its canonical form. Never throws. */
export function canonicalPath(path: string, { encoding, normalize }: PathMode): string {
  const plain = normalize ? normalizePath(path) : path
  const write = encoding === 'double' ? encodeAll : encodeOnce
  return plain === '' ? '/' : plain.split('/').map(write).join('/')
}

function normalizePath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/**
 * Brings a query to its canonical form: every name and value in its one encoding, sorted by name
 * and then by value. `X-Amz-Signature` is left out, and so is whatever `omit` names. Never throws.
 *
 * @param query - Without the question mark, as on the wire.
 */
export function canonicalQuery(query: string, omit: readonly string[] = []): string {
  if (query === '') return ''
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map(splitPair)
    .filter(([name]) => name !== 'X-Amz-Signature' && !omit.includes(name))
    .map(([name, value]) => [encodeOnce(name), encodeOnce(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&')
}

/** Splits `name=value` at the first sign; a name alone has an empty value. */
export function splitPair(pair: string): readonly [name: string, value: string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** By code unit: what is compared is ASCII. */
const compare = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1

/** Everything but the unreserved characters of RFC 3986 §2.3; an escape counts as one. */
const TO_ENCODE_ONCE = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu
const TO_ENCODE = /[^A-Za-z0-9\-._~]/gu
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** One encoding for one byte string, without decoding into text what may be no text. */
const encodeOnce = (raw: string): string => raw.replace(TO_ENCODE_ONCE, normalEscape)
const encodeAll = (raw: string): string => raw.replace(TO_ENCODE, escapeCharacter)

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

/** Encodes a name or a value for a query that is made here. */
export const encodeUri = encodeAll
