/**
 * For tests, under any runner and on any runtime: mint credentials, and view requests that nobody
 * sent. Nothing of it belongs into a program that serves anybody. The contracts for implementers are
 * in `countersign/testing/contracts`: they are `node:test` suites.
 */
export type { TestClient } from './dpop-desk.ts'
export { mint, type Mint } from './mint.ts'
export type { ApiKeyFault, TestApiKey, TestApiKeyOptions } from './mint-api-key.ts'
export type { BasicFault, TestBasic, TestBasicOptions } from './mint-basic.ts'
export type {
  CertificateFault,
  TestCertificate,
  TestCertificateOptions,
} from './mint-certificate.ts'
export type {
  SigningKeyFault,
  TestSigningKey,
  TestSigningKeyOptions,
} from './mint-http-signature.ts'
export {
  testIssuer,
  type JwtFault,
  type TestIssuer,
  type TestIssuerOptions,
} from './mint-jwt.ts'
export type { OpaqueFault, TestOpaqueOptions, TestOpaqueToken } from './mint-opaque.ts'
export type { AccessKeyFault, TestAccessKey, TestAccessKeyOptions } from './mint-sigv4.ts'
export { requestView, type RequestParts } from './request.ts'
