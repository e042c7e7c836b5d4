import {
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
  type Dictionary,
  type Item,
} from 'structured-headers'

/** The type of a structured field, which its own specification says. */
export type FieldType = 'dictionary' | 'list' | 'item'

/**
 * Fields that this library knows to be structured: `sf` and `key` work on these and on what the
 * options add. A type that is guessed would make two parties sign two texts.
 */
export const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  'accept-signature': 'dictionary',
  'content-digest': 'dictionary',
  priority: 'dictionary',
  'repr-digest': 'dictionary',
  signature: 'dictionary',
  'signature-agent': 'dictionary',
  'signature-input': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
  'cache-status': 'list',
  'client-cert-chain': 'list',
  'proxy-status': 'list',
  'client-cert': 'item',
  'idempotency-key': 'item',
}

/** A display string, or a string: what a comma may hide in. */
const QUOTED = /%"[^"]*"|"(?:[^"\\]|\\.)*"/g
const INNER_LIST = /\([^)]*\)/g

/**
 * Reads the values of a field as one dictionary. Undefined for what is none, and for a member that
 * comes twice: RFC 9651 lets the last one win, and a hop that keeps the first reads another message.
 *
 * @param values - Attacker-controlled; bound their size first.
 */
export function readDictionary(values: readonly string[]): Dictionary | undefined {
  const text = values.join(', ')
  const parsed = attempt(() => parseDictionary(text))
  if (parsed === undefined) return undefined
  const bare = text.replaceAll(QUOTED, '').replaceAll(INNER_LIST, '').trim()
  const members = bare === '' ? 0 : bare.split(',').length
  return members === parsed.size ? parsed : undefined
}

/** One member of bytes, its base64 the canonical one: what most `Signature`s and digests are. */
const SOLE_BYTES = /^([a-z*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]*(?:[AQgw]==|[AEIMQUYcgkosw048]=)?):$/

/**
 * Reads a dictionary of one byte sequence without decoding it; undefined for any other one, good or
 * bad, which is for {@link readDictionary}.
 */
export function readSoleBytes(
  values: readonly string[],
): { readonly key: string; readonly base64: string } | undefined {
  if (values.length !== 1) return undefined
  const match = SOLE_BYTES.exec(values[0] ?? '')
  const key = match?.[1]
  const base64 = match?.[2]
  if (key === undefined || base64 === undefined || base64.length % 4 !== 0) return undefined
  return { key, base64 }
}

/** Writes a structured field the one strict way (RFC 9421 §2.1.1); undefined when it is none. */
export function strictly(type: FieldType, values: readonly string[]): string | undefined {
  const text = values.join(', ')
  return attempt(() => {
    if (type === 'list') return serializeList(parseList(text))
    if (type === 'item') return serializeItem(parseItem(text))
    const members = readDictionary(values)
    return members === undefined ? undefined : serializeDictionary(members)
  })
}

/** Reads one item; undefined for anything else. */
export const readItem = (text: string): Item | undefined => attempt(() => parseItem(text))

/** The parser and the serializer throw what they cannot take; hostile input is a value here. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
