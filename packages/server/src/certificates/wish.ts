import type { Attributes } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  Extensions,
  id_ce_subjectAltName,
  SubjectAlternativeName,
  type GeneralName,
} from '@peculiar/asn1-x509'
import { err, ok, type Result } from 'countersign'
import { CERTIFICATE_LIMITS } from './limits.ts'

/** The names a request asks for, as its sender wrote them. Hostile: compare, never copy. */
export interface NameWish {
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  /** How many names of other kinds it asks for: addresses, mailboxes, directory names. */
  readonly others: number
}

/** `extensionRequest` of PKCS#9. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const NONE: NameWish = Object.freeze({ uris: [], dns: [], others: 0 })

/**
 * Reads the alternative names that a request wishes for. A common name is no name. Two lists of
 * wishes are refused, so that no two readers can each take another one.
 *
 * @see [RFC 2985 §5.4.2](https://www.rfc-editor.org/rfc/rfc2985#section-5.4.2)
 */
export function readWish(attributes: Attributes): Result<NameWish, 'malformed'> {
  const requests = attributes.filter(({ type }) => type === EXTENSION_REQUEST)
  const values = requests.flatMap((attribute) => attribute.values)
  const [value] = values
  if (value === undefined) return requests.length === 0 ? ok(NONE) : err('malformed')
  if (values.length > 1) return err('malformed')
  const lists = AsnConvert.parse(value, Extensions).filter(
    ({ extnID }) => extnID === id_ce_subjectAltName,
  )
  const [list] = lists
  if (list === undefined) return ok(NONE)
  if (lists.length > 1) return err('malformed')
  // A plain array: those of the schema make arrays of their own kind.
  const names = [...AsnConvert.parse(list.extnValue.buffer, SubjectAlternativeName)]
  return names.length > CERTIFICATE_LIMITS.maxNames ? err('malformed') : ok(wishOf(names))
}

function wishOf(names: readonly GeneralName[]): NameWish {
  const uris = names.flatMap(({ uniformResourceIdentifier: uri }) => uri ?? [])
  const dns = names.flatMap(({ dNSName }) => dNSName ?? [])
  return Object.freeze({ uris, dns, others: names.length - uris.length - dns.length })
}
