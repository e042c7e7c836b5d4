import { encodeOnce, encodeUri } from './uri-encoding.ts'
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
  let lines = `${method}\n${path}\n${query}`
  let names = ''
  for (const [name, values] of headers) {
    lines += `\n${name}:`
    lines += canonicalValue(values)
    names += names === '' ? name : `;${name}`
  }
  return `${lines}\n\n${names}\n${payload}`
}

/** Trims every value, makes runs of white space one space, and joins what came more than once. */
export const canonicalValue = (values: readonly string[]): string =>
  values.length === 1 ? squeeze(values[0] ?? '') : values.map(squeeze).join(',')

const squeeze = (value: string): string => value.trim().replace(/[ \t\r\n]+/g, ' ')

/** Brings the path of a request target to its canonical form. Never throws. */
export function canonicalPath(path: string, { encoding, normalize }: PathMode): string {
  if (isPlainPath(path)) return path
  const plain = normalize ? normalizePath(path) : path
  const write = encoding === 'double' ? encodeUri : encodeOnce
  return plain === '' ? '/' : plain.split('/').map(write).join('/')
}

const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-_~][A-Za-z0-9\-._~]*)+$/

/**
 * Reports whether a path is its own canonical form in every mode: unreserved characters, and no
 * segment that is empty or begins with a dot.
 */
export const isPlainPath = (path: string): boolean => PLAIN_PATH.test(path)

function normalizePath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/** One parameter that needs no escape, and is none of the scheme's. */
const PLAIN_PAIR = /^(?!X-Amz-)[A-Za-z0-9\-._~]+=[A-Za-z0-9\-._~]*$/

/**
 * Brings a query to its canonical form: every name and value in its one encoding, sorted by name
 * and then by value. `X-Amz-Signature` is left out, and so is whatever `omit` names. Never throws.
 *
 * @param query - Without the question mark, as on the wire.
 */
export function canonicalQuery(query: string, omit: readonly string[] = []): string {
  if (query === '' || (omit.length === 0 && PLAIN_PAIR.test(query))) return query
  const pairs: (readonly [name: string, value: string])[] = []
  for (const pair of query.split('&')) {
    const [name, value] = splitPair(pair)
    if (pair === '' || name === 'X-Amz-Signature' || omit.includes(name)) continue
    pairs.push([encodeOnce(name), encodeOnce(value)])
  }
  if (pairs.length > 1) pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

/** Splits `name=value` at the first sign; a name alone has an empty value. */
export function splitPair(pair: string): readonly [name: string, value: string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** By code unit: what is compared is ASCII. */
const compare = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1
