import { X509Certificate } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

/**
 * The subject of a certificate as RFC 4514 writes it: the last name first, commas without spaces, as
 * `openssl x509 -subject -nameopt RFC2253` prints it but for letters outside ASCII, which stay.
 * Undefined for a subject without names.
 *
 * @see [RFC 4514 §2](https://www.rfc-editor.org/rfc/rfc4514#section-2)
 */
export function subjectDn(der: Uint8Array): string | undefined {
  const { subject } = new X509Certificate(der)
  // Node escapes values as RFC 2253 does; line ends and " + " are its separators and nothing else.
  return (
    subject
      ?.split('\n')
      .toReversed()
      // Names that stand together have no order; OpenSSL turns them around, too.
      .map((names) => names.split(' + ').toReversed().join('+'))
      .join(',')
  )
}

/** The bytes of an IP address as a certificate holds them. */
export function parseIp(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%')) return undefined
  // The URL parser writes all forms of an address in one: eight groups, or one "::".
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const missing = 8 - groups(head).length - groups(tail ?? '').length
  const zeros = tail === undefined ? [] : Array.from({ length: missing }, () => '0')
  const all = [...groups(head), ...zeros, ...groups(tail ?? '')]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
