import type { RequestView } from './request.ts'
import { err, ok, type Result } from './result.ts'

/** An `Authorization` header, split but not yet trusted in any way. */
export interface Credentials {
  /** The authentication scheme in lower case: schemes are case-insensitive (RFC 9110 §11.1). */
  readonly scheme: string
  /** Everything after the scheme and its spaces, byte for byte. */
  readonly value: string
}

/** Why an `Authorization` header cannot be read. */
export type CredentialsError = 'request.duplicate-authorization' | 'request.malformed-authorization'

const SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
/** Longer than any registered scheme; keeps a hostile header out of the regular expression. */
const MAX_SCHEME_LENGTH = 64

/**
 * Reads the `Authorization` header of a request: none, exactly one, or an error.
 *
 * Checks, in order: one field only (two proxies may pick different ones), a scheme that is a token,
 * at least one space, no other white space around the value. The value itself belongs to the
 * method, which knows its grammar; {@link isToken68} is there for it.
 *
 * @see [RFC 9110 §11.4](https://www.rfc-editor.org/rfc/rfc9110#section-11.4) credentials
 */
export function readAuthorization(
  view: RequestView,
): Result<Credentials | undefined, CredentialsError> {
  const fields = view.header('authorization')
  if (fields.length === 0) return ok(undefined)
  if (fields.length > 1) return err('request.duplicate-authorization')
  return parseCredentials(fields[0] ?? '')
}

/** Splits one `Authorization` value by the grammar of RFC 9110 §11.4. */
export function parseCredentials(field: string): Result<Credentials, CredentialsError> {
  const space = field.indexOf(' ')
  if (space <= 0 || space > MAX_SCHEME_LENGTH) return err('request.malformed-authorization')
  // The two schemes nearly every request uses skip the regular expression.
  const scheme = field.slice(0, space)
  let start = space + 1
  while (field.charCodeAt(start) === 0x20) start += 1
  if (start === field.length) return err('request.malformed-authorization')
  if (scheme === 'Bearer') return ok({ scheme: 'bearer', value: field.slice(start) })
  if (!SCHEME.test(scheme)) return err('request.malformed-authorization')
  return ok({ scheme: scheme.toLowerCase(), value: field.slice(start) })
}

/** Reports whether a value is a `token68`, the only form a Bearer or Basic credential may take. */
export const isToken68 = (value: string): boolean => TOKEN68.test(value)
