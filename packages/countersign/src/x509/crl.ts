import {
  CertificateList,
  Version,
  type Extension,
  type RevokedCertificate,
} from '@peculiar/asn1-x509'
import { err, ok, type Result } from '../core/result.ts'
import { nameAlgorithm, signatureNamed } from './algorithms.ts'
import { secondsOf, type Signed } from './certificate.ts'
import { decode, toHex } from './decode.ts'
import { readName, type DistinguishedName } from './names.ts'

/** A certificate revocation list that was read; {@link validatePath} checks who signed it, and when. */
export interface Crl extends Signed {
  readonly issuer: DistinguishedName
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  /** Seconds since the epoch. */
  readonly nextUpdate: number
  /** Serial numbers, as in {@link Certificate.serial}. */
  readonly revoked: ReadonlySet<string>
}

const MAX_BYTES = 8 * 1024 * 1024
const CRL_NUMBER = '2.5.29.20'

/**
 * Reads a complete CRL of one issuer from DER.
 *
 * Delta and indirect CRLs are refused by their critical extensions, and so is every other critical
 * one: an entry that we do not understand could be a revocation (RFC 5280 §5.2, §5.3).
 *
 * @param der - At most 8 MiB, about 100,000 entries. Never throws.
 * @see [RFC 5280 §5](https://www.rfc-editor.org/rfc/rfc5280#section-5)
 */
export function parseCrl(der: Uint8Array): Result<Crl, string> {
  if (der.length > MAX_BYTES) return err('the CRL is larger than 8 MiB')
  const read = decode(CertificateList, der)
  if (read?.tbsCertListRaw === undefined) return err('the CRL is no DER of its kind')
  const { tbsCertList, signatureAlgorithm, signature } = read
  const { crlExtensions = [], nextUpdate, revokedCertificates = [] } = tbsCertList
  if (tbsCertList.version !== Version.v2) return err('the CRL is not version 2')
  if (nextUpdate === undefined) return err('the CRL does not say when the next one comes')
  const algorithm = nameAlgorithm(signatureAlgorithm)
  if (algorithm !== nameAlgorithm(tbsCertList.signature)) {
    return err('the CRL names two signature algorithms')
  }
  const wrong = checkExtensions(crlExtensions, revokedCertificates)
  if (wrong !== undefined) return err(wrong)
  return ok({
    tbs: new Uint8Array(read.tbsCertListRaw),
    signature: new Uint8Array(signature),
    algorithm: signatureNamed(algorithm),
    issuer: readName(tbsCertList.issuer),
    thisUpdate: secondsOf(tbsCertList.thisUpdate),
    nextUpdate: secondsOf(nextUpdate),
    revoked: new Set(revokedCertificates.map(({ userCertificate }) => toHex(userCertificate))),
  })
}

const isCritical = ({ critical }: Extension): boolean => critical

function checkExtensions(
  extensions: readonly Extension[],
  entries: readonly RevokedCertificate[],
): string | undefined {
  const ids = extensions.map(({ extnID }) => extnID)
  if (new Set(ids).size !== ids.length) return 'an extension of the CRL appears twice'
  // RFC 5280 §5.2.3: without a number nobody can tell an old list from a new one.
  if (!ids.includes(CRL_NUMBER)) return 'the CRL has no number'
  return extensions.some(isCritical) ||
    entries.some(({ crlEntryExtensions = [] }) => crlEntryExtensions.some(isCritical))
    ? 'the CRL has a critical extension that is not processed'
    : undefined
}
