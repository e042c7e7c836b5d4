import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, Name, SubjectPublicKeyInfo } from '@peculiar/asn1-x509'
import { ConfigError } from 'countersign'
import { createPublicKey, sign, type KeyObject } from 'node:crypto'
import { toArrayBuffer, toDer, toPem } from './der.ts'
import { readSubjectKey, spkiOf, type KeyKind } from './key-floor.ts'

/** With which algorithm a key of a kind signs its request. */
const ALGORITHMS: Readonly<Record<KeyKind, { readonly id: string; readonly hash: string | null }>> =
  {
    ec: { id: '1.2.840.10045.4.3.2', hash: 'sha256' },
    rsa: { id: '1.2.840.113549.1.1.11', hash: 'sha256' },
    ed25519: { id: '1.3.101.112', hash: null },
  }

/**
 * Makes a PKCS#10 request for a key, PEM. It asks for no name: the authority knows who asks.
 *
 * @throws `ConfigError` for a key below the floor.
 * @see [RFC 2986 §4](https://www.rfc-editor.org/rfc/rfc2986#section-4)
 */
export function makeCsr(privateKey: KeyObject): string {
  const spki = spkiOf(createPublicKey(privateKey))
  const key = readSubjectKey(spki)
  if (!key.ok) {
    throw new ConfigError(
      'CS_CONFIG_CERTIFICATE_KEY',
      'the key must be P-256, P-384, Ed25519, or RSA of 2048 to 8192 bits',
    )
  }
  const { id, hash } = ALGORITHMS[key.value.kind]
  const info = new CertificationRequestInfo({
    subject: new Name([]),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes([]),
  })
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({
      algorithm: id,
      // RFC 4055 §5: parameters of RSA are NULL; of the others they are absent.
      ...(key.value.kind === 'rsa' ? { parameters: toArrayBuffer(Uint8Array.of(5, 0)) } : {}),
    }),
    signature: toArrayBuffer(sign(hash, toDer(info), privateKey)),
  })
  return toPem(toDer(request), 'CERTIFICATE REQUEST')
}
