import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { Extension } from '@peculiar/asn1-x509'
import { randomBytes } from 'node:crypto'

/** What stands between the dashes of a PEM block. */
export type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'CERTIFICATE REQUEST'

/** Serializes a value of an ASN.1 schema. */
export const toDer = (value: unknown): Buffer => Buffer.from(AsnConvert.serialize(value))

/** Bytes as the ASN.1 schemas want them: a buffer of their own, never a view of a pool. */
export const toArrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** Writes DER as PEM. @see [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468) */
export function toPem(der: Uint8Array, label: PemLabel): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** One certificate or CRL extension from the value of its schema. */
export const extension = (id: string, value: unknown, critical = false): Extension =>
  new Extension({
    extnID: id,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  })

/**
 * A serial number nobody can guess or meet twice: 128 random bits behind a first octet of 1, so that
 * it is positive and in its shortest form whatever the bits are. Upper case hexadecimal.
 *
 * @see [RFC 5280 §4.1.2.2](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2)
 */
export const randomSerial = (): string => `01${randomBytes(16).toString('hex').toUpperCase()}`

/**
 * One DER element around its content. Decoders forgive what DER forbids; writing again what one
 * understood, and comparing, finds it.
 */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const digits = body.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}
