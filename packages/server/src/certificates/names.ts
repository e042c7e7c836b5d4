import { err, ok, type Result } from 'countersign'
import { CERTIFICATE_LIMITS } from './limits.ts'

/** The names of one certificate: what a verifier takes for the identity of its holder. */
export interface CertificateIdentity {
  /** At most one: a certificate with two is nobody's (X509-SVID §2). */
  readonly spiffe?: string
  readonly dns: readonly string[]
}

/** A SPIFFE ID in its parts. */
export interface SpiffeId {
  readonly trustDomain: string
  /** At least one; no encoding is ever needed or undone. */
  readonly path: readonly string[]
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const SEGMENT = /^[A-Za-z0-9._-]+$/
const SCHEME = 'spiffe://'

/**
 * Reports whether a text is a host name in lower case that a certificate may carry. Nothing passes
 * that a printed list of names could be split at, no wildcard, no address, no trailing dot.
 *
 * @see [RFC 1123 §2.1](https://www.rfc-editor.org/rfc/rfc1123#section-2.1)
 */
export function isDnsName(text: string): boolean {
  if (text.length > 253) return false
  const labels = text.split('.')
  // A last label of digits is how an IPv4 address looks.
  return labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

/** Reports whether a host name is a domain or lies below it. Both are in lower case. */
export const isWithinDomain = (name: string, domain: string): boolean =>
  name === domain || name.endsWith(`.${domain}`)

/** Reports whether a text can be one segment of the path of a SPIFFE ID. */
export const isSpiffeSegment = (text: string): boolean =>
  SEGMENT.test(text) && text !== '.' && text !== '..'

/**
 * Reads a SPIFFE ID, strictly: a workload's (with a path), in the one way it can be written.
 * Stricter than the standard in one thing: the trust domain is a host name, because a name
 * constraint on URIs compares hosts (RFC 5280 §4.2.1.10).
 *
 * @see [SPIFFE-ID §2](https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#2-spiffe-identity)
 */
export function readSpiffeId(text: string): Result<SpiffeId, 'malformed'> {
  if (text.length > CERTIFICATE_LIMITS.maxSpiffeIdBytes || !text.startsWith(SCHEME)) {
    return err('malformed')
  }
  const [trustDomain = '', ...path] = text.slice(SCHEME.length).split('/')
  if (!isDnsName(trustDomain) || path.length === 0) return err('malformed')
  return path.every(isSpiffeSegment) ? ok({ trustDomain, path }) : err('malformed')
}
