import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as CertificateSchema, Version, type Time } from '@peculiar/asn1-x509'
import { err, ok, type Result } from '../core/result.ts'
import {
  nameAlgorithm,
  readPublicKey,
  signatureNamed,
  type PublicKeyKind,
  type SignatureAlgorithm,
} from './algorithms.ts'
import { decode, toHex } from './decode.ts'
import { readExtensions, type CertificateExtensions } from './extensions.ts'
import { emailsIn, isSameName, readName, type DistinguishedName } from './names.ts'

/** Something with a signature: a certificate or a CRL. */
export interface Signed {
  /** The bytes that the signature covers. */
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  /** Undefined for an algorithm that no path may use. */
  readonly algorithm: SignatureAlgorithm | undefined
}

/** A certificate that was read, and nothing more: nobody has vouched for it yet. */
export interface Certificate extends Signed {
  /** As received; what fingerprints are taken of. */
  readonly der: Uint8Array
  /** Hexadecimal, as in its bytes. */
  readonly serial: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  /** Mailboxes inside the subject; judged by name constraints, never an identity. */
  readonly subjectEmails: readonly string[]
  /** Seconds since the epoch, inclusive. */
  readonly notBefore: number
  /** Seconds since the epoch, inclusive. */
  readonly notAfter: number
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  /** Undefined for a key that no certificate in a path may have. */
  readonly publicKey: PublicKeyKind | undefined
  readonly extensions: CertificateExtensions
}

/** Reading is slow, and most certificates are a tenth of this. */
const MAX_BYTES = 16_384

/**
 * Reads one certificate from DER.
 *
 * Refuses what has more than one reading: BER, trailing bytes, two different signature algorithms, an
 * extension twice, a known extension or name that does not follow its own form, and everything but
 * version 3. Whether the certificate may be used is up to {@link validatePath}: this checks no
 * signature, no date and no purpose.
 *
 * @param der - At most 16 KiB. Attacker-controlled. Never throws.
 * @returns The certificate, or why there is none, in words for an operator.
 * @see [RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)
 */
export function parseCertificate(der: Uint8Array): Result<Certificate, string> {
  if (der.length > MAX_BYTES) return err('the certificate is larger than 16 KiB')
  const read = decode(CertificateSchema, der)
  if (read?.tbsCertificateRaw === undefined) return err('the certificate is no DER of its kind')
  const { tbsCertificate, signatureAlgorithm, signatureValue } = read
  const { extensions, serialNumber, validity } = tbsCertificate
  // Older ones have no extensions, and so cannot say what they are for.
  if (tbsCertificate.version !== Version.v3) return err('the certificate is not version 3')
  const serial = toHex(serialNumber)
  if (!isSerial(serial)) return err('the serial number is not positive or is too long')
  const algorithm = nameAlgorithm(signatureAlgorithm)
  if (algorithm !== nameAlgorithm(tbsCertificate.signature)) {
    return err('the certificate names two signature algorithms')
  }
  const known = readExtensions(extensions ?? [])
  if (!known.ok) return known
  return ok({
    der,
    tbs: new Uint8Array(read.tbsCertificateRaw),
    signature: new Uint8Array(signatureValue),
    algorithm: signatureNamed(algorithm),
    serial,
    issuer: readName(tbsCertificate.issuer),
    subject: readName(tbsCertificate.subject),
    subjectEmails: emailsIn(tbsCertificate.subject),
    notBefore: secondsOf(validity.notBefore),
    notAfter: secondsOf(validity.notAfter),
    spki: new Uint8Array(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo)),
    publicKey: readPublicKey(tbsCertificate.subjectPublicKeyInfo),
    extensions: known.value,
  })
}

/**
 * Reads what a peer sent beside its leaf. Reading costs more than a signature, so only the first few
 * are read; what is unreadable is left out, since it may have nothing to do with the path.
 *
 * @param chain - DER, without the leaf. Attacker-controlled.
 * @param most - How many are read. Default: 8.
 */
export const parseIntermediates = (
  chain: readonly Uint8Array[],
  most = 8,
): readonly Certificate[] =>
  chain.slice(0, most).flatMap((der) => {
    const read = parseCertificate(der)
    return read.ok ? [read.value] : []
  })

/** RFC 5280 §4.1.2.2: positive, at most 20 bytes; a sign byte may come on top. */
const isSerial = (hex: string): boolean =>
  hex.length <= 42 && /[1-9a-f]/.test(hex) && Number.parseInt(hex.slice(0, 2), 16) < 0x80

/** Seconds since the epoch. */
export const secondsOf = (time: Time): number => Math.floor(time.getTime().getTime() / 1000)

/** Reports whether subject and issuer have one name: a key change or a root (RFC 5280 §3.2). */
export const isSelfIssued = (certificate: Certificate): boolean =>
  isSameName(certificate.subject, certificate.issuer)
