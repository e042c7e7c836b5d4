import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  AttributeValue,
  Extensions,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  type Extension,
} from '@peculiar/asn1-x509'
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { extension, toArrayBuffer, toDer } from '../der.ts'
import { spkiOf } from '../key-floor.ts'

/** A key pair of `node:crypto`. */
export interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** What a request is made of; a hostile one differs in one part. */
export interface RequestParts {
  readonly pair?: Pair
  /** Whose private key signs. @defaultValue the pair's own */
  readonly signer?: KeyObject
  readonly commonName?: string
  readonly extensions?: readonly Extension[]
  readonly attributes?: readonly Attribute[]
  /** Object identifier of the signature algorithm. @defaultValue ecdsa-with-SHA256 */
  readonly algorithm?: string
  readonly hash?: string | null
}

/** Makes a P-256 key pair. */
export const p256 = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** An extension with alternative names. */
export const altNames = (names: readonly Partial<GeneralName>[]): Extension =>
  extension(
    id_ce_subjectAltName,
    new SubjectAlternativeName(names.map((name) => new GeneralName(name))),
  )

/** The attribute that asks for extensions. */
export const extensionRequest = (extensions: readonly Extension[]): Attribute =>
  new Attribute({
    type: '1.2.840.113549.1.9.14',
    values: [AsnConvert.serialize(new Extensions([...extensions]))],
  })

/** Makes a PKCS#10 request from its parts. DER. */
export function makeRequest(parts: RequestParts = {}): Buffer {
  const { pair = p256(), commonName, extensions, attributes = [], hash = 'sha256' } = parts
  const asked = extensions === undefined ? [] : [extensionRequest(extensions)]
  const info = new CertificationRequestInfo({
    subject: new Name(commonName === undefined ? [] : [named(commonName)]),
    subjectPKInfo: AsnConvert.parse(spkiOf(pair.publicKey), SubjectPublicKeyInfo),
    attributes: new Attributes([...asked, ...attributes]),
  })
  const algorithm = parts.algorithm ?? '1.2.840.10045.4.3.2'
  const signature = sign(hash, toDer(info), parts.signer ?? pair.privateKey)
  return toDer(
    new CertificationRequest({
      certificationRequestInfo: info,
      signatureAlgorithm: new AlgorithmIdentifier({ algorithm }),
      signature: toArrayBuffer(signature),
    }),
  )
}

function named(commonName: string): RelativeDistinguishedName {
  const value = new AttributeValue({ utf8String: commonName })
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type: '2.5.4.3', value })])
}
