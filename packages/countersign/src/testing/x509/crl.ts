import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  CertificateList,
  CRLNumber,
  Extension,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509'
import { ECDSA_WITH_SHA256, signStructure } from './key.ts'
import { nameOf, type Signer } from './certificate.ts'

/** What a revocation list for a test should say. */
export interface CrlPlan {
  readonly issuer: Signer
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  /** Seconds since the epoch. */
  readonly nextUpdate?: number | undefined
  readonly revoked?: readonly Uint8Array[]
  readonly numbered?: boolean
  readonly more?: readonly Extension[]
}

/** Makes a revocation list for tests, valid or broken on purpose. Never for production. */
export async function mintCrl(plan: CrlPlan): Promise<Uint8Array> {
  const { issuer, thisUpdate, nextUpdate, revoked = [], numbered = true, more = [] } = plan
  const number = new OctetString(AsnConvert.serialize(new CRLNumber(1)))
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: ECDSA_WITH_SHA256,
    issuer: nameOf(issuer.subject),
    thisUpdate: timeOf(thisUpdate),
    ...(nextUpdate !== undefined && { nextUpdate: timeOf(nextUpdate) }),
    ...(revoked.length > 0 && { revokedCertificates: revoked.map(entryOf(thisUpdate)) }),
    crlExtensions: [
      ...(numbered ? [new Extension({ extnID: '2.5.29.20', extnValue: number })] : []),
      ...more,
    ],
  })
  const list = new CertificateList({
    tbsCertList,
    signatureAlgorithm: ECDSA_WITH_SHA256,
    signature: await signStructure(tbsCertList, issuer.key),
  })
  return new Uint8Array(AsnConvert.serialize(list))
}

const timeOf = (seconds: number): Time => new Time(new Date(seconds * 1000))

const entryOf =
  (at: number) =>
  (serial: Uint8Array): RevokedCertificate =>
    new RevokedCertificate({
      userCertificate: new Uint8Array(serial).buffer,
      revocationDate: timeOf(at),
    })
