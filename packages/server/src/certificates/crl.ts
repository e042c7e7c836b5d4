import {
  CRLNumber,
  CRLReason,
  CRLReasons,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  RevokedCertificate,
  TBSCertList,
  Version,
} from '@peculiar/asn1-x509'
import { assertConfig } from 'countersign'
import type { CertificateAuthority } from './authority.ts'
import { extension, toArrayBuffer, toPem } from './der.ts'
import { authorityKey } from './extensions.ts'
import { CERTIFICATE_LIMITS } from './limits.ts'
import { ecdsaWithSha256, signCrl, toTime } from './sign.ts'

/** Why a certificate can be revoked. Nothing can be put on hold: revoked is for good. */
export const REVOCATION_CAUSES = [
  'unspecified',
  'keyCompromise',
  'superseded',
  'cessationOfOperation',
] as const

/** One of {@link REVOCATION_CAUSES}. */
export type RevocationCause = (typeof REVOCATION_CAUSES)[number]

/** A certificate that no longer counts. */
export interface RevokedSerial {
  /** As issuing answered it: hexadecimal. */
  readonly serial: string
  /** Seconds since the epoch. */
  readonly revokedAt: number
  readonly cause?: RevocationCause
}

/** What one list says. */
export interface CrlRequest {
  readonly ca: CertificateAuthority
  /** Those that have not expired; the order does not matter. */
  readonly revoked: readonly RevokedSerial[]
  /** Grows by every list of this CA; a verifier refuses to go back. */
  readonly number: number
  /** Seconds since the epoch. */
  readonly now: number
  /**
   * When verifiers must have the next one. An expired list refuses *every* client of the CA, so make
   * it several times the interval at which lists are made.
   */
  readonly nextUpdateSeconds: number
}

/** A signed list. */
export interface Crl {
  /** DER. */
  readonly crl: Uint8Array
  readonly pem: string
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  /** Seconds since the epoch. */
  readonly nextUpdate: number
}

/** Serials as `randomSerial` makes them. */
const SERIAL = /^01[0-9A-F]{32}$/i

/**
 * Signs the list of revoked certificates of a CA, version 2. An empty list is a list: without one,
 * verifiers that check lists refuse everybody.
 *
 * @throws `ConfigError` for a number, time or serial that cannot be meant: no caller supplies them.
 * @see [RFC 5280 §5](https://www.rfc-editor.org/rfc/rfc5280#section-5)
 */
export async function makeCrl(request: CrlRequest): Promise<Crl> {
  assertRequest(request)
  const { ca, revoked, number, now, nextUpdateSeconds } = request
  // Verifiers with a slow clock refuse everybody over a list that has not begun.
  const thisUpdate = Math.max(now - CERTIFICATE_LIMITS.toleranceSeconds, ca.notBefore)
  const nextUpdate = now + nextUpdateSeconds
  const entries = entriesOf(revoked)
  const tbs = new TBSCertList({
    version: Version.v2,
    signature: ecdsaWithSha256(),
    issuer: ca.subject,
    thisUpdate: toTime(thisUpdate),
    nextUpdate: toTime(nextUpdate),
    // RFC 5280 §5.1.2.6: absent, not empty.
    ...(entries.length === 0 ? {} : { revokedCertificates: entries }),
    crlExtensions: [authorityKey(ca.keyId), extension(id_ce_cRLNumber, new CRLNumber(number))],
  })
  const crl = await signCrl(tbs, ca.key)
  return { crl, pem: toPem(crl, 'X509 CRL'), thisUpdate, nextUpdate }
}

/** One entry a serial: the first revocation stands. */
function entriesOf(revoked: readonly RevokedSerial[]): RevokedCertificate[] {
  const latestFirst = revoked.toSorted((left, right) => right.revokedAt - left.revokedAt)
  const bySerial = new Map(latestFirst.map((entry) => [entry.serial.toUpperCase(), entry]))
  return [...bySerial.values()].map(
    ({ serial, revokedAt, cause = 'unspecified' }) =>
      new RevokedCertificate({
        userCertificate: toArrayBuffer(Buffer.from(serial, 'hex')),
        revocationDate: toTime(revokedAt),
        // RFC 5280 §5.3.1: an unspecified reason is left out.
        ...(cause === 'unspecified' ? {} : { crlEntryExtensions: [reasonOf(cause)] }),
      }),
  )
}

const reasonOf = (cause: RevocationCause) =>
  extension(id_ce_cRLReasons, new CRLReason(CRLReasons[cause]))

function assertRequest({ revoked, number, nextUpdateSeconds }: CrlRequest): void {
  assertConfig(
    Number.isSafeInteger(number) && number > 0,
    'CS_CONFIG_CRL',
    'crl.number: a whole number above 0',
  )
  assertConfig(
    Number.isSafeInteger(nextUpdateSeconds) && nextUpdateSeconds > 0,
    'CS_CONFIG_CRL',
    'crl.nextUpdateSeconds: whole seconds above 0',
  )
  assertConfig(
    revoked.every(({ serial }) => SERIAL.test(serial)),
    'CS_CONFIG_CRL',
    'crl.revoked: pass serials as issueCertificate answered them',
  )
}
