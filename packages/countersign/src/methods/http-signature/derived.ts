import { err, ok, type Result } from '../../core/result.ts'
import type { SignedRequest } from './message.ts'

/** The value of a component, or what is wrong with it, in words for the operator. */
export type ComponentValue = Result<string, string>

/**
 * The derived components of a request without parameters of their own.
 *
 * @see [RFC 9421 §2.2](https://www.rfc-editor.org/rfc/rfc9421#section-2.2)
 */
export const DERIVED: Readonly<Record<string, (request: SignedRequest) => ComponentValue>> = {
  '@method': ({ method }) => ok(method),
  '@authority': (request) => ok(authorityOf(request)),
  '@scheme': ({ scheme }) => ok(scheme),
  '@request-target': ({ target }) => ok(target),
  '@target-uri': (request) =>
    inOriginForm(request, () => ok(`${request.scheme}://${authorityOf(request)}${request.target}`)),
  '@path': (request) =>
    inOriginForm(request, (end) => ok(end < 0 ? request.target : request.target.slice(0, end))),
  '@query': (request) =>
    inOriginForm(request, (end) => ok(end < 0 ? '?' : request.target.slice(end))),
}

/** The authority in lower case, without the port that the scheme implies (RFC 9110 §4.2.3). */
export function authorityOf({
  authority,
  scheme,
}: Pick<SignedRequest, 'authority' | 'scheme'>): string {
  const implied = scheme === 'https' ? ':443' : ':80'
  const name = authority.toLowerCase()
  return name.endsWith(implied) ? name.slice(0, -implied.length) : name
}

/**
 * Path and query are read from a target that is one. An absolute target names an authority of its
 * own, which routers and Host-based checks would disagree on; `*` has no path.
 */
function inOriginForm(
  { target }: SignedRequest,
  read: (queryStart: number) => ComponentValue,
): ComponentValue {
  return target.startsWith('/') ? read(target.indexOf('?')) : err('the target is no path')
}

/**
 * The value of one query parameter, encoded anew the one way that RFC 9421 §2.2.8 says. A parameter
 * that comes twice is refused: which one the handler reads is a guess. So is one that is not UTF-8:
 * different bytes would become the same replacement character.
 *
 * @param name - As the identifier spells it: encoded.
 */
export function queryParameter({ target }: SignedRequest, name: string): ComponentValue {
  const start = target.indexOf('?')
  const pairs = start < 0 ? [] : [...new URLSearchParams(target.slice(start + 1))]
  const found = pairs.filter(([key]) => formEncode(key) === name)
  const [first, ...others] = found
  if (first === undefined) return err('no such query parameter')
  if (others.length > 0) return err('a query parameter that comes twice')
  const [key, value] = first
  return (key + value).includes('\ufffd')
    ? err('a query parameter that is not UTF-8')
    : ok(formEncode(value))
}

/**
 * Percent-encodes everything but the letters, digits and `*-._` of the form-urlencoded set.
 * `encodeURIComponent` leaves five more characters alone, which is why peers disagree on them.
 *
 * @see [URL §1.3](https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set)
 */
function formEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
