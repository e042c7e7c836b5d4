import { decodeBase64, MAX_CHAIN } from './encodings.ts'
import {
  forwardedChain,
  MALFORMED,
  NO_CERTIFICATE,
  type FieldReader,
  type Forwarded,
} from './result.ts'

/** The fields of the dialect. */
export const RFC9440_FIELDS: readonly string[] = ['client-cert', 'client-cert-chain']

/** Caddy without a client certificate sends the name of its placeholder, as text, in the colons. */
const PLACEHOLDER = /^:\{[a-z0-9_.]+\}:$/

/**
 * Reads `Client-Cert`, one byte sequence, and `Client-Cert-Chain`, a list of them. Parameters are
 * refused: the RFC defines none. A placeholder that Caddy did not replace is no certificate; all
 * other text is malformed.
 *
 * @see [RFC 9440 §2](https://www.rfc-editor.org/rfc/rfc9440#section-2)
 */
export function readRfc9440(field: FieldReader): Forwarded {
  const [leaf] = field('client-cert')
  const [list] = field('client-cert-chain')
  if (leaf === undefined || PLACEHOLDER.test(leaf)) {
    // A chain without a certificate was written by somebody else.
    return list === undefined ? NO_CERTIFICATE : MALFORMED
  }
  const members = list === undefined ? [] : list.split(/,[ \t]*/, MAX_CHAIN + 1)
  if (members.length > MAX_CHAIN) return MALFORMED
  const certificates: Uint8Array[] = []
  for (const member of [leaf, ...members]) {
    const der = readByteSequence(member)
    if (der === undefined) return MALFORMED
    certificates.push(der)
  }
  return forwardedChain(certificates)
}

/** RFC 9651 §3.3.5. */
const readByteSequence = (text: string): Uint8Array | undefined =>
  text.length > 2 && text.startsWith(':') && text.endsWith(':')
    ? decodeBase64(text.slice(1, -1))
    : undefined
