/** Opaque tokens: verify them. Making them is in `countersign/opaque/mint`. */
export {
  looksLikeJwt,
  parseOpaqueToken,
  TOKEN_ENVIRONMENTS,
  type OpaqueTokenKind,
} from './format.ts'
export type {
  Introspection,
  IntrospectionAuth,
  OpaqueRecords,
  OpaqueSource,
  OpaqueTokenRecord,
} from './source.ts'
export { opaque, type OpaqueOptions } from './verify.ts'
