import { AsnConvert } from '@peculiar/asn1-schema'
import { isDer } from './der.ts'

/** A class that `@peculiar/asn1-schema` knows the structure of. */
export type Schema<T> = new () => T

/** What a CRL may grow to: about 100,000 entries. */
const MAX_VALUES = 500_000

/**
 * Reads one structure from DER, or answers undefined. A value counts as read only when writing it
 * again gives the same bytes: the parser is lenient with what a schema does not name, and with
 * defaults that DER leaves out; the comparison is not.
 *
 * @param bytes - Attacker-controlled. Never throws.
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T | undefined {
  if (!isDer(bytes, MAX_VALUES)) return undefined
  try {
    const berOptions = { maxNodes: MAX_VALUES }
    const value = AsnConvert.parse(bytes, schema, { berOptions })
    return isSame(new Uint8Array(AsnConvert.serialize(value)), bytes) ? value : undefined
  } catch {
    // The parser throws for what does not fit the schema; its message may quote the input.
    return undefined
  }
}

/** Reports whether two byte strings are the same. Not in constant time: for public bytes. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** Lower-case hexadecimal, to compare and to print identifiers with. */
export const toHex = (bytes: ArrayBuffer | Uint8Array): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
