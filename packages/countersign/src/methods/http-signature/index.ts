/** HTTP message signatures: verify them. Making them is in `countersign/http-signature/sign`. */
export { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts'
export type { FieldType } from './fields.ts'
export type { HttpSignatureOptions } from './policy.ts'
export { SIGNATURE_CLAIM, signatureFacts, type SignatureFacts } from './result.ts'
export type {
  PublicSigningKey,
  RemoteSigningKey,
  SharedSigningKey,
  SigningCredential,
  SigningKeySource,
  WithheldSigningKey,
} from './source.ts'
export { httpSignature } from './verify.ts'
export {
  responseVerifier,
  type ReceivedResponse,
  type ResponseOptions,
  type ResponseVerdict,
} from './verify-response.ts'
