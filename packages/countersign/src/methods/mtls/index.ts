/** Mutual TLS: callers by their certificate, and tokens bound to one. The attacks are `countersign/mtls/attacks`. */
export type { AnchorState, TrustAnchor, TrustBundle } from './bundle.ts'
export { certificateBound, type CertificateBoundOptions } from './certificate-bound.ts'
export type { Denial } from './denial.ts'
export type {
  CertificateProof,
  ProxyProof,
  SecretProof,
  UnixSocketProof,
} from './forwarded/proof.ts'
export {
  certificateReader,
  type CertificateOrigin,
  type CertificateProxy,
  type CertificateReader,
} from './forwarded/proxy.ts'
export type { StampProof } from './forwarded/stamp.ts'
export {
  identityRules,
  type ClientIdentity,
  type Identify,
  type IdentifiedCertificate,
  type IdentityGrant,
  type IdentityRule,
  type MappedIdentity,
} from './mapping.ts'
export { TrustStore, type AnchorUse } from './trust.ts'
export { mtls, type MtlsOptions } from './verify.ts'
export { vouchedCertificate, type VouchedCertificate, type VouchError } from './vouch.ts'
export type { SubjectName } from '../../x509/general-names.ts'
