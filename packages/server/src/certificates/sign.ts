import { AlgorithmIdentifier, Certificate, Time, Validity } from '@peculiar/asn1-x509'
import { CertificateList, type TBSCertificate, type TBSCertList } from '@peculiar/asn1-x509'
import { sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { toArrayBuffer, toDer } from './der.ts'

const signOnPool = promisify(sign)

/**
 * The one algorithm a CA of ours signs with: ECDSA on P-256 with SHA-256. Parameters are absent.
 *
 * @see [RFC 5758 §3.2](https://www.rfc-editor.org/rfc/rfc5758#section-3.2)
 */
export const ecdsaWithSha256 = (): AlgorithmIdentifier =>
  new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })

/** Signs a certificate, on the thread pool. Answers DER. */
export async function signCertificate(tbs: TBSCertificate, key: KeyObject): Promise<Buffer> {
  const signatureValue = await signature(toDer(tbs), key)
  const signatureAlgorithm = ecdsaWithSha256()
  return toDer(new Certificate({ tbsCertificate: tbs, signatureAlgorithm, signatureValue }))
}

/** Signs a list of revoked certificates, on the thread pool. Answers DER. */
export async function signCrl(tbs: TBSCertList, key: KeyObject): Promise<Buffer> {
  const signed = await signature(toDer(tbs), key)
  const signatureAlgorithm = ecdsaWithSha256()
  return toDer(new CertificateList({ tbsCertList: tbs, signatureAlgorithm, signature: signed }))
}

/** Seconds since the epoch as a time of a certificate: UTCTime until 2049 (RFC 5280 §4.1.2.5). */
export const toTime = (seconds: number): Time => new Time(seconds * 1000)

/** From and until, both inclusive. */
export const toValidity = ({ notBefore, notAfter }: Span): Validity =>
  new Validity({ notBefore: new Date(notBefore * 1000), notAfter: new Date(notAfter * 1000) })

/** A validity, in seconds since the epoch. */
export interface Span {
  readonly notBefore: number
  readonly notAfter: number
}

const signature = async (data: Buffer, key: KeyObject): Promise<ArrayBuffer> =>
  toArrayBuffer(await signOnPool('sha256', data, key))
