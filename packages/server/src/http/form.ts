import { err, ok, type Result } from 'countersign'
import { readText, type Exchange } from './exchange.ts'

/** A form with every parameter once, and the resources that RFC 8707 allows to repeat. */
export interface Form {
  /** A parameter, or undefined: one without a value counts as omitted (RFC 6749 §3.1). */
  get(name: string): string | undefined
  readonly resources: readonly string[]
}

/** Why a body is no form; texts are for the client's developer and repeat nothing of the body. */
export type FormError =
  | 'The content type must be application/x-www-form-urlencoded.'
  | 'The request body is too large.'
  | 'The request body is not well-formed.'
  | 'A parameter is included more than once.'

/** Far above any token request; a form is parsed before anybody has authenticated. */
const MAX_FORM_BYTES = 16_384
const MEDIA_TYPE = 'application/x-www-form-urlencoded'

/**
 * Reads the form of a request. Checks, in order: content type, size, encoding, no parameter twice
 * (SR-012: two layers would pick different ones).
 *
 * Unknown parameters are kept and ignored, as RFC 6749 §3.2 asks.
 */
export async function readForm(exchange: Exchange): Promise<Result<Form, FormError>> {
  if (!isForm(exchange)) return err('The content type must be application/x-www-form-urlencoded.')
  const body = await readText(exchange, MAX_FORM_BYTES)
  if (body.ok) return parseForm(body.value)
  return err(
    body.error === 'request.body-too-large'
      ? 'The request body is too large.'
      : 'The request body is not well-formed.',
  )
}

function isForm(exchange: Exchange): boolean {
  const types = exchange.header('content-type')
  const type = types[0] ?? ''
  if (types.length !== 1) return false
  if (type === MEDIA_TYPE) return true
  const end = type.indexOf(';')
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase() === MEDIA_TYPE
}

/** Parses a form; stricter than `URLSearchParams`, which turns a broken escape into itself. */
export function parseForm(text: string): Result<Form, FormError> {
  const fields = new Map<string, string>()
  const resources: string[] = []
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodeFormText(pair.slice(equals + 1))
    if (name === undefined || value === undefined) {
      return err('The request body is not well-formed.')
    }
    if (name === 'resource') resources.push(value)
    else if (fields.has(name)) return err('A parameter is included more than once.')
    fields.set(name, value)
  }
  return ok({ get: (name) => fields.get(name) || undefined, resources })
}

/** Decodes one form-urlencoded text; undefined for a broken escape or broken UTF-8. */
export function decodeFormText(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}
