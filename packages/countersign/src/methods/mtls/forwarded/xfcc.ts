import { decodePem, decodePercent, MAX_FIELD_LENGTH } from './encodings.ts'
import {
  forwardedChain,
  MALFORMED,
  NO_CERTIFICATE,
  type FieldReader,
  type Forwarded,
} from './result.ts'

/** The field of the dialect. */
export const XFCC_FIELDS: readonly string[] = ['x-forwarded-client-cert']

/** `Key=value` or `Key="value"`, and what follows it. */
const PAIR = /([A-Za-z]{1,16})=(?:"((?:[^"\\]|\\["\\])*)"|([^",;\s]*))(;|,[ \t]*|$)/y

type Element = ReadonlyMap<string, string>

/**
 * Reads the last element of `x-forwarded-client-cert` of Envoy: with `APPEND_FORWARD` only that one
 * was written by the proxy in front of us, everything before it by whoever was in front of that. It
 * must carry the certificate itself (`set_current_client_cert_details: { cert: true }`): identities
 * are read from DER and not from `URI=`, and `Hash=` proves nothing.
 *
 * The whole field must parse: a quote that somebody left open would move the last comma.
 *
 * @see [Envoy, x-forwarded-client-cert](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert)
 */
export function readXfcc(field: FieldReader): Forwarded {
  const [text] = field('x-forwarded-client-cert')
  if (text === undefined || text === '') return NO_CERTIFICATE
  const last = text.length > MAX_FIELD_LENGTH ? undefined : lastElement(text)
  if (last === undefined) return MALFORMED
  const leaf = certificatesOf(last.get('cert'))
  if (leaf?.length !== 1) return MALFORMED
  const chain = last.has('chain') ? certificatesOf(last.get('chain')) : []
  if (chain === undefined) return MALFORMED
  const [der] = leaf
  // Envoy begins the chain with the leaf.
  const repeated = chain[0] !== undefined && der !== undefined && isSame(chain[0], der)
  return forwardedChain([...leaf, ...(repeated ? chain.slice(1) : chain)])
}

const isSame = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index])

function certificatesOf(escaped: string | undefined): readonly Uint8Array[] | undefined {
  const pem = escaped === undefined ? undefined : decodePercent(escaped)
  return pem === undefined ? undefined : decodePem(pem)
}

/** `By`, `URI` and `DNS` may repeat and are not read; a second certificate is a second reading. */
const ONCE: readonly string[] = ['cert', 'chain', 'hash', 'subject']

function lastElement(text: string): Element | undefined {
  let element = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    PAIR.lastIndex = at
    const match = PAIR.exec(text)
    if (match === null) return undefined
    const [whole, key = '', quoted, plain = '', separator = ''] = match
    const name = key.toLowerCase()
    if (ONCE.includes(name) && element.has(name)) return undefined
    element.set(name, quoted === undefined ? plain : quoted.replaceAll(/\\(["\\])/g, '$1'))
    at += whole.length
    const ends = at === text.length
    // A separator promises another pair.
    if (ends && separator !== '') return undefined
    if (!ends && separator.startsWith(',')) element = new Map()
  }
  return element
}
