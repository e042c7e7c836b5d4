import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  Attribute,
  Extension,
  Extensions,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509'
import { generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { Secret } from '../../core/secret.ts'

/** A fresh key, and what an authority is asked to certify it with. */
export interface CertificateRequest {
  /** PEM, PKCS #8. */
  readonly key: Secret
  /** PEM, PKCS #10. */
  readonly csr: string
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
/** `extensionRequest` of PKCS #9 (RFC 2985 §5.4.2). */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

const generate = promisify(generateKeyPair)

/**
 * Makes a P-256 key, and a request signed with it. It names nobody: the authority knows who asks.
 *
 * @param dnsNames - Host names to ask for, for a server.
 * @see [RFC 2986 §4](https://www.rfc-editor.org/rfc/rfc2986#section-4)
 */
export async function makeCertificateRequest(
  dnsNames: readonly string[] = [],
): Promise<CertificateRequest> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' })
  const info = new CertificationRequestInfo({
    subject: new Name(),
    subjectPKInfo: AsnConvert.parse(
      publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    attributes: new Attributes(dnsNames.length === 0 ? [] : [wishFor(dnsNames)]),
  })
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(info)), privateKey)
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 }),
    signature: new Uint8Array(signature).buffer,
  })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { key: new Secret(String(key)), csr: toPem(AsnConvert.serialize(request)) }
}

function wishFor(dnsNames: readonly string[]): Attribute {
  const names = new SubjectAlternativeName(dnsNames.map((dNSName) => new GeneralName({ dNSName })))
  const extension = new Extension({
    extnID: id_ce_subjectAltName,
    extnValue: new OctetString(AsnConvert.serialize(names)),
  })
  const values = [AsnConvert.serialize(new Extensions([extension]))]
  return new Attribute({ type: EXTENSION_REQUEST, values })
}

function toPem(der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`
}
