import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
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
import { digest, generateJwk, importSigner, decodeBytes } from '#crypto'
import { toDer } from '../crypto/ecdsa-signature.ts'
import type { Jwk, JwsPrimitive, SignatureMaker } from '../crypto/seam.ts'
import { extensionsOf, type ExtensionPlan } from './mint-extensions.ts'

/**
 * Makes certificates for tests, valid and broken on purpose. Never for production: nothing here
 * checks that the issuer may issue.
 */

/** What a certificate should say. Everything has a default that is valid. */
export interface CertificatePlan extends ExtensionPlan {
  /** The common name of the subject; empty for a subject without a name. */
  readonly subject?: string
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

/** A key pair of P-256. */
export interface MintKey {
  readonly signer: SignatureMaker
  readonly spki: Uint8Array
  /** SHA-256 of the key, 20 bytes of it. */
  readonly id: Uint8Array
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

const ES256: JwsPrimitive = {
  name: 'ES256',
  family: 'ecdsa',
  hashBits: 256,
  curve: 'P-256',
  order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
}
/** The one algorithm of these certificates. */
export const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
const P256 = Uint8Array.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07)
const COMMON_NAME = '2.5.4.3'

/** Makes a key pair. */
export async function mintKey(): Promise<MintKey> {
  const jwk = await generateJwk(ES256)
  const point = Uint8Array.of(4, ...coordinate(jwk, 'x'), ...coordinate(jwk, 'y'))
  const spki = AsnConvert.serialize(
    new SubjectPublicKeyInfo({
      algorithm: new AlgorithmIdentifier({
        algorithm: '1.2.840.10045.2.1',
        parameters: P256.buffer,
      }),
      subjectPublicKey: point.buffer,
    }),
  )
  // oxlint-disable-next-line await-thenable -- a promise in the portable implementation
  const name = decodeBytes(await digest('sha256', point, 'base64url'))
  return {
    signer: await importSigner(jwk, ES256),
    spki: new Uint8Array(spki),
    id: (name ?? new Uint8Array()).slice(0, 20),
  }
}

const coordinate = (jwk: Jwk, name: 'x' | 'y'): Uint8Array =>
  decodeBytes(String(jwk[name])) ?? new Uint8Array()

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
    subject: nameOf(subject),
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

/** Signs the DER of a structure. ECDSA in DER, as X.509 has it. */
export async function signStructure(structure: unknown, key: MintKey): Promise<ArrayBuffer> {
  const signature = await key.signer.sign(new Uint8Array(AsnConvert.serialize(structure)))
  return copy(toDer(decodeBytes(signature) ?? new Uint8Array(), 32))
}

const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

const dateOf = (seconds: number): Date => new Date(seconds * 1000)

/** A name with one attribute, the common name; without a text it is empty. */
export const nameOf = (commonName: string): Name =>
  new Name(
    commonName === ''
      ? []
      : [
          new RelativeDistinguishedName([
            new AttributeTypeAndValue({
              type: COMMON_NAME,
              value: new AttributeValue({ utf8String: commonName }),
            }),
          ]),
        ],
  )
