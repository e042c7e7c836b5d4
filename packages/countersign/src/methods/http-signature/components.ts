import { serializeInnerList, serializeItem } from 'structured-headers'
import { err, ok } from '../../core/result.ts'
import type { Component } from './component.ts'
import { DERIVED, queryParameter, type ComponentValue } from './derived.ts'
import { readDictionary, strictly, type FieldType } from './fields.ts'
import type { SignedMessage, SignedRequest } from './message.ts'

/** What is known beside the message. */
export interface ComponentContext {
  /** Types of structured fields. */
  readonly fieldTypes: Readonly<Record<string, FieldType>>
  /** Components with `tr` are read. Trailers are known only after the body. */
  readonly trailers: boolean
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** The parameters that are understood (RFC 9421 §2.1, §2.2.8, §2.4); all others are errors. */
const FLAGS: readonly string[] = ['sf', 'bs', 'req', 'tr']
/** The base is ASCII and its lines end with a line feed (RFC 9421 §2.5). */
const PRINTABLE = /^[\t\u0020-\u007e]*$/

/**
 * The value of a covered component. Checks, in order: `req` only in responses, the name, its
 * parameters, one unambiguous value, ASCII without line breaks.
 *
 * @param message - Attacker-controlled.
 * @see [RFC 9421 §2.5](https://www.rfc-editor.org/rfc/rfc9421#section-2.5) what is an error
 */
export function componentValue(
  message: SignedMessage,
  component: Component,
  context: ComponentContext,
): ComponentValue {
  const odd = oddParameter(component)
  if (odd !== undefined) return err(odd)
  const source = sourceOf(message, component)
  if (source === undefined) return err('req in a request, or without the request')
  const value = component.name.startsWith('@')
    ? derivedValue(source, component)
    : fieldValue(source, component, context)
  return value.ok && !PRINTABLE.test(value.value) ? err('not printable ASCII; use bs') : value
}

/** A parameter that is not understood changes a meaning that is not understood. */
function oddParameter({ parameters, name }: Component): string | undefined {
  if (parameters.size === 0) return undefined
  const texts = name.startsWith('@') ? ['name'] : ['key']
  for (const [parameter, value] of parameters) {
    if (FLAGS.includes(parameter) ? value === true : texts.includes(parameter)) continue
    return 'an unknown component parameter'
  }
  return undefined
}

function sourceOf(message: SignedMessage, { parameters }: Component): SignedMessage | undefined {
  if (!parameters.has('req')) return message
  return 'status' in message ? message.request : undefined
}

function derivedValue(source: SignedMessage, { name, parameters }: Component): ComponentValue {
  if (parameters.size === 0 && !('status' in source)) return derivedOf(source, name)
  const query = parameters.get('name')
  if (name === '@query-param' ? typeof query !== 'string' : query !== undefined)
    return err('name is the parameter of @query-param, and of nothing else')
  for (const parameter of ['sf', 'bs', 'tr']) {
    if (parameters.has(parameter)) return err('a parameter of fields on a derived component')
  }
  if ('status' in source) {
    return name === '@status' ? ok(String(source.status)) : err('not a component of responses')
  }
  return typeof query === 'string' ? queryParameter(source, query) : derivedOf(source, name)
}

/** No name with an `@` is on a prototype. */
const derivedOf = (request: SignedRequest, name: string): ComponentValue =>
  DERIVED[name]?.(request) ?? err('not a derived component')

function fieldValue(
  source: SignedMessage,
  { name, parameters }: Component,
  { fieldTypes, trailers }: ComponentContext,
): ComponentValue {
  if (!FIELD_NAME.test(name)) return err('no lower-case field name')
  const fromTrailer = parameters.has('tr')
  if (fromTrailer && !trailers) return err('trailers are not read here')
  const values = (fromTrailer ? source.trailer(name) : source.header(name)).map(canonical)
  if (values.length === 0) return err('no such field')
  if (parameters.size === 0) return ok(joined(values))
  const type = Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : undefined
  if (parameters.has('bs')) {
    const mixed = parameters.has('sf') || parameters.has('key')
    return mixed ? err('bs beside sf or key') : ok(values.map(wrapped).join(', '))
  }
  if (parameters.has('key')) return member(values, parameters.get('key'), type)
  if (!parameters.has('sf')) return ok(joined(values))
  const strict = type === undefined ? undefined : strictly(type, values)
  return strict === undefined ? err('no structured field of a known type') : ok(strict)
}

const joined = (values: readonly string[]): string =>
  values.length === 1 ? (values[0] ?? '') : values.join(', ')

/** RFC 9421 §2.1: without the white space around, and with line folding undone. */
function canonical(value: string): string {
  if (value === value.trim() && !value.includes('\n')) return value
  return value.replaceAll(/[ \t]*\r?\n[ \t]+/g, ' ').replaceAll(/^[ \t]+|[ \t]+$/g, '')
}

/** RFC 9421 §2.1.3: the bytes of each field line, so that lists cannot be joined unnoticed. */
const wrapped = (value: string): string =>
  serializeItem([Uint8Array.from(value, (character) => character.charCodeAt(0)), new Map()])

/** RFC 9421 §2.1.2: one member of a dictionary. */
function member(
  values: readonly string[],
  key: unknown,
  type: FieldType | undefined,
): ComponentValue {
  if (typeof key !== 'string') return err('key names no member')
  if (type !== undefined && type !== 'dictionary') return err('key on a field without members')
  const found = readDictionary(values)?.get(key)
  if (found === undefined) return err('no such dictionary member')
  // The two kinds of member differ in what their first part is.
  return Array.isArray(found[0])
    ? ok(serializeInnerList([found[0], found[1]]))
    : ok(serializeItem([found[0], found[1]]))
}
