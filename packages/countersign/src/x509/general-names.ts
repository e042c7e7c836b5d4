import { AsnIpConverter, type GeneralName } from '@peculiar/asn1-x509'
import { err, ok, type Result } from '../core/result.ts'
import { readName, type DistinguishedName } from './names.ts'

/** A name in a certificate, typed: a DNS name never compares with a URI that reads the same. */
export type SubjectName =
  | { readonly kind: 'dns' | 'uri' | 'email'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: Uint8Array }
  | { readonly kind: 'directory'; readonly value: DistinguishedName }
  /** A form we do not judge (otherName, registeredID, …); `form` says which one. */
  | { readonly kind: 'other'; readonly form: string }

/** The labels of a host name, RFC 5280 §4.2.1.6: letters, digits, hyphens. No underscore. */
const HOST =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const MAILBOX = /^[^\s@"(),:;<>[\]\\]{1,64}@([^@]+)$/
const URI = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i

/** Reports whether a text is a host name, and not an address in disguise. */
export const isHost = (text: string): boolean => HOST.test(text) && !/(?:^|\.)\d+$/.test(text)

/** Reports whether a text is a mailbox with a host. */
export const isMailbox = (text: string): boolean => isHost(MAILBOX.exec(text)?.[1] ?? '')

/**
 * Reads a general name as a subject carries it. A name that its own form does not allow is an error:
 * a verifier that reads `.example.com` or `8.8.8.8` as a host decides about something else than the
 * authority did.
 */
export function readSubjectName(name: GeneralName): Result<SubjectName, string> {
  const read = readGeneralName(name)
  switch (read.kind) {
    case 'dns':
      return isHost(read.value.replace(/^\*\./, '')) ? ok(read) : err('a dNSName is no host name')
    case 'email':
      return isMailbox(read.value) ? ok(read) : err('an rfc822Name is no mailbox')
    case 'uri':
      return URI.test(read.value) ? ok(read) : err('a URI is not absolute')
    case 'ip':
      return read.value.length === 4 || read.value.length === 16
        ? ok(read)
        : err('an iPAddress is not 4 or 16 bytes')
    case 'directory':
    case 'other':
    default:
      return ok(read)
  }
}

/** Reads a general name and leaves its syntax to the caller: in constraints it is another one. */
export function readGeneralName(name: GeneralName): SubjectName {
  if (name.dNSName !== undefined) return { kind: 'dns', value: name.dNSName }
  if (name.uniformResourceIdentifier !== undefined) {
    return { kind: 'uri', value: name.uniformResourceIdentifier }
  }
  if (name.rfc822Name !== undefined) return { kind: 'email', value: name.rfc822Name }
  if (name.iPAddress !== undefined) return { kind: 'ip', value: bytesOfIp(name.iPAddress) }
  if (name.directoryName !== undefined) {
    return { kind: 'directory', value: readName(name.directoryName) }
  }
  const [form = 'unknown'] = Object.keys(name).filter(
    (key) => name[key as keyof GeneralName] !== undefined, // Object.keys gives its own keys
  )
  return { kind: 'other', form }
}

/** The parser made text of the bytes; this is its own way back. */
function bytesOfIp(text: string): Uint8Array {
  // The converter is typed as any ASN.1 value, and gives an OCTET STRING.
  const { valueBlock } = AsnIpConverter.toASN(text) as {
    valueBlock?: { valueHexView?: Uint8Array }
  }
  return valueBlock?.valueHexView ?? new Uint8Array()
}
