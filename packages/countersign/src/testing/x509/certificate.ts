import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AttributeTypeAndValue,
  AttributeValue,
  Certificate as CertificateSchema,
  Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import { extensionsOf, type ExtensionPlan } from './extensions.ts'
import { ECDSA_WITH_SHA256, mintKey, signStructure, type MintKey } from './key.ts'

/**
 * Makes certificates for tests, valid and broken on purpose. Never for production: nothing here
 * checks that the issuer may issue.
 */

/** What a certificate should say. Everything has a default that is valid. */
export interface CertificatePlan extends ExtensionPlan {
  /** The common name of the subject; empty for a subject without a name. */
  readonly subject?: string
  /** A mailbox in the subject, as old authorities put it. */
  readonly subjectEmail?: string
  /** Who signs. Default: itself. */
  readonly issuer?: Signer
  /** Seconds since the epoch. */
  readonly notBefore?: number
  /** Seconds since the epoch. */
  readonly notAfter?: number
  readonly serial?: Uint8Array
  /** The key to certify. Default: a new one. */
  readonly key?: MintKey
}

/** Who signs: a name and a key. */
export interface Signer {
  readonly subject: string
  readonly key: MintKey
}

/** A certificate with its key. */
export interface Minted extends Signer {
  readonly der: Uint8Array
}

const COMMON_NAME = '2.5.4.3'
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/** Makes a certificate. Without an issuer it signs itself. */
export async function mintCertificate(plan: CertificatePlan = {}): Promise<Minted> {
  const key = plan.key ?? (await mintKey())
  const { subject = 'leaf', issuer = { subject, key } } = plan
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: copy(plan.serial ?? Uint8Array.of(1)),
    signature: ECDSA_WITH_SHA256,
    issuer: nameOf(issuer.subject),
    validity: new Validity({
      notBefore: dateOf(plan.notBefore ?? 0),
      notAfter: dateOf(plan.notAfter ?? 2_000_000_000),
    }),
    subject: nameOf(subject, plan.subjectEmail),
    subjectPublicKeyInfo: AsnConvert.parse(key.spki, SubjectPublicKeyInfo),
    extensions: new Extensions(
      extensionsOf(plan, { subject: key.id, issuer: issuer.key.id }).map(
        ({ id, critical, value }) =>
          new Extension({ extnID: id, critical, extnValue: new OctetString(value) }),
      ),
    ),
  })
  return { der: await signCertificate(tbsCertificate, issuer.key), subject, key }
}

async function signCertificate(tbs: TBSCertificate, key: MintKey): Promise<Uint8Array> {
  const certificate = new CertificateSchema({
    tbsCertificate: tbs,
    signatureAlgorithm: ECDSA_WITH_SHA256,
    signatureValue: await signStructure(tbs, key),
  })
  return new Uint8Array(AsnConvert.serialize(certificate))
}

const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

const dateOf = (seconds: number): Date => new Date(seconds * 1000)

/** A name with a common name and a mailbox; without texts it is empty. */
export const nameOf = (commonName: string, email = ''): Name =>
  new Name([
    ...(commonName === '' ? [] : [attribute(COMMON_NAME, { utf8String: commonName })]),
    ...(email === '' ? [] : [attribute(EMAIL_ADDRESS, { ia5String: email })]),
  ])

const attribute = (type: string, value: Partial<AttributeValue>): RelativeDistinguishedName =>
  new RelativeDistinguishedName([
    new AttributeTypeAndValue({ type, value: new AttributeValue(value) }),
  ])
