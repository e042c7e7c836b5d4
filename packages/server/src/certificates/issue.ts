import { AsnConvert } from '@peculiar/asn1-schema'
import { Name, SubjectPublicKeyInfo, TBSCertificate, Version } from '@peculiar/asn1-x509'
import { err, ok, type Result } from 'countersign'
import { hash } from 'node:crypto'
import type { CertificateAuthority } from './authority.ts'
import { isProven, type ProvenRequest } from './csr.ts'
import { randomSerial, toArrayBuffer, toPem } from './der.ts'
import { leafExtensions } from './extensions.ts'
import { keyIdentifier } from './key-floor.ts'
import { CERTIFICATE_LIMITS } from './limits.ts'
import { isDnsName, isWithinDomain, readSpiffeId, type CertificateIdentity } from './names.ts'
import { ecdsaWithSha256, signCertificate, toValidity, type Span } from './sign.ts'

/** Everything that one certificate follows from. */
export interface IssueRequest {
  readonly ca: CertificateAuthority
  /** From `readCsr`. */
  readonly csr: ProvenRequest
  /** From policy, never from the request. */
  readonly identity: CertificateIdentity
  /** From now. 60 to 86,400. */
  readonly ttlSeconds: number
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * Why nothing was issued. `names`: none, too many, or not well formed. `outside-ca`: names the CA
 * must not vouch for. `ca-not-valid`: the CA has not begun, or is over too soon.
 */
export type IssueRefusal = 'ttl' | 'names' | 'outside-ca' | 'ca-not-valid'

/** A certificate and what has to be remembered of it. Nothing of it is secret. */
export interface IssuedCertificate extends Span {
  /** Upper case hexadecimal, as OpenSSL and Node print it. */
  readonly serial: string
  /** DER. */
  readonly certificate: Uint8Array
  readonly pem: string
  readonly identity: CertificateIdentity
  /** base64url SHA-256 of the DER: `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
}

/**
 * Issues a certificate for the key of a proven request and the names of a policy. In order: life,
 * names, CA. It begins `toleranceSeconds` ago, spans at most 24 h, and ends no later than its CA.
 *
 * Does not decide who may have the names (`issuancePolicy` does), and remembers nothing: record what
 * it answers before handing it out, or it cannot be revoked.
 *
 * @throws `TypeError` for a request that `readCsr` did not answer: a defect of the caller.
 * @see [RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)
 */
export async function issueCertificate(
  request: IssueRequest,
): Promise<Result<IssuedCertificate, IssueRefusal>> {
  const { ca, csr, identity } = request
  if (!isProven(csr)) throw new TypeError('csr: pass what readCsr answered')
  const refusal = checkTtl(request) ?? checkNames(identity) ?? checkCa(request)
  if (refusal !== undefined) return err(refusal)
  const span = spanOf(request)
  const serial = randomSerial()
  const certificate = await signCertificate(leafOf(request, serial, span), ca.key)
  return ok({
    ...span,
    serial,
    certificate,
    pem: toPem(certificate, 'CERTIFICATE'),
    identity,
    thumbprint: hash('sha256', certificate, 'base64url'),
  })
}

function leafOf({ ca, csr, identity }: IssueRequest, serial: string, span: Span): TBSCertificate {
  const { spki } = csr.key
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(Buffer.from(serial, 'hex')),
    signature: ecdsaWithSha256(),
    issuer: ca.subject,
    validity: toValidity(span),
    // No subject: a common name would be taken for an identity by somebody.
    subject: new Name([]),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: leafExtensions(identity, { subject: keyIdentifier(spki), issuer: ca.keyId }),
  })
}

function spanOf({ ca, ttlSeconds, now }: IssueRequest): Span {
  const { maxTtlSeconds, toleranceSeconds } = CERTIFICATE_LIMITS
  const notBefore = Math.max(now - toleranceSeconds, ca.notBefore)
  const notAfter = Math.min(now + ttlSeconds, notBefore + maxTtlSeconds, ca.notAfter)
  return { notBefore, notAfter }
}

function checkTtl({ ttlSeconds, now }: IssueRequest): 'ttl' | undefined {
  const { minTtlSeconds, maxTtlSeconds } = CERTIFICATE_LIMITS
  const whole = Number.isSafeInteger(ttlSeconds) && Number.isSafeInteger(now)
  return whole && ttlSeconds >= minTtlSeconds && ttlSeconds <= maxTtlSeconds ? undefined : 'ttl'
}

function checkNames({ spiffe, dns }: CertificateIdentity): 'names' | undefined {
  const count = dns.length + (spiffe === undefined ? 0 : 1)
  const counted = count >= 1 && count <= CERTIFICATE_LIMITS.maxNames
  const formed = dns.every(isDnsName) && (spiffe === undefined || readSpiffeId(spiffe).ok)
  return counted && formed ? undefined : 'names'
}

function checkCa({ ca, identity, now }: IssueRequest): 'outside-ca' | 'ca-not-valid' | undefined {
  const id = identity.spiffe === undefined ? undefined : readSpiffeId(identity.spiffe)
  const trusted = id === undefined || (id.ok && id.value.trustDomain === ca.trustDomain)
  const hosts = identity.dns.every((name) => ca.dnsDomains.some((d) => isWithinDomain(name, d)))
  if (!trusted || !hosts) return 'outside-ca'
  const valid = ca.notBefore <= now && now + CERTIFICATE_LIMITS.minTtlSeconds <= ca.notAfter
  return valid ? undefined : 'ca-not-valid'
}
