import type { AttributeValue, Name } from '@peculiar/asn1-x509'
import { toHex } from './decode.ts'

/**
 * A distinguished name, one text per RDN, made so that two names match exactly when RFC 5280 §7.1
 * says so: case and repeated white space do not count, types and the order of RDNs do.
 */
export type DistinguishedName = readonly string[]

/** Reads a name. For comparing; never for showing, and never an identity. */
export const readName = (name: Name): DistinguishedName =>
  Array.from(name, (attributes) =>
    JSON.stringify(
      Array.from(attributes, ({ type, value }) => [type, comparable(value)]).toSorted(byText),
    ),
  )

const byText = (left: readonly string[], right: readonly string[]): number => {
  const [a, b] = [left.join('='), right.join('=')]
  return a < b ? -1 : Number(a > b)
}

function comparable(value: AttributeValue): string {
  if (value.anyValue !== undefined) return `#${toHex(value.anyValue)}`
  return value.toString().normalize('NFC').toLowerCase().trim().replaceAll(/\s+/g, ' ')
}

/** Reports whether two names are the same. */
export const isSameName = (left: DistinguishedName, right: DistinguishedName): boolean =>
  left.length === right.length && isWithin(left, right)

/** Reports whether a name lies in the subtree of another: RFC 5280 §4.2.1.10, directoryName. */
export const isWithin = (name: DistinguishedName, base: DistinguishedName): boolean =>
  base.length <= name.length && base.every((rdn, index) => rdn === name[index])

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/** The mailboxes in a name. Old authorities put them here; constraints on mailboxes cover them too. */
export const emailsIn = (name: Name): readonly string[] =>
  Array.from(name, (attributes) => Array.from(attributes))
    .flat()
    .filter(({ type }) => type === EMAIL_ADDRESS)
    .map(({ value }) => value.toString())
