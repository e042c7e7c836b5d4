/**
 * For tests: mint credentials, view requests, and prove that an implementation keeps its contract.
 * Nothing of it belongs into a program that serves anybody.
 */
export { adapterContract, type Route, type Serve } from './adapter-contract.ts'
export { methodContract, type MethodSubject } from './method-contract.ts'
export { mint } from './mint.ts'
export type { ApiKeyFault, TestApiKey, TestApiKeyOptions } from './mint-api-key.ts'
export type { BasicFault, TestBasic, TestBasicOptions } from './mint-basic.ts'
export {
  testIssuer,
  type JwtFault,
  type TestIssuer,
  type TestIssuerOptions,
} from './mint-jwt.ts'
export type { OpaqueFault, TestOpaqueOptions, TestOpaqueToken } from './mint-opaque.ts'
export { requestView, type RequestParts } from './request.ts'
