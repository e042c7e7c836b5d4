/**
 * AWS Signature Version 4: verify it. Signing is in `countersign/sigv4/sign`, the attacks in
 * `countersign/sigv4/attacks`.
 */
export { decodeAwsChunked } from './chunks.ts'
export { deriveSigningKey } from './derive.ts'
export type { PresignedOptions, SigV4Options } from './options.ts'
export type { SigV4Scope } from './scope.ts'
export type { SigV4Service } from './service.ts'
export type { SigV4Key, SigV4Record, SigV4Source } from './source.ts'
export { sigv4 } from './verify.ts'
