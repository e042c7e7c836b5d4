/** Bearer JWT: verification. Signing is `countersign/jwt/sign`, attacks are `countersign/jwt/attacks`. */
export { ALGORITHM_NAMES, type JwsAlgorithm } from '../../jose/algorithms.ts'
export { staticKeySet, type JwkSet, type KeySet } from '../../jose/key-set.ts'
export {
  issuerKeySet,
  type IssuerKeySet,
  type IssuerKeySetOptions,
} from '../../jose/issuer-key-set.ts'
export {
  discoverIssuer,
  type DiscoveryOptions,
  type IssuerMetadata,
} from '../../jose/issuer-metadata.ts'
export type { JwkInput, KeyInput, PemInput, SecretInput, VerifyKey } from '../../jose/keys.ts'
export {
  remoteKeySet,
  type KeySetStatus,
  type RemoteKeySet,
  type RemoteKeySetOptions,
} from '../../jose/remote-key-set.ts'
export {
  jwtPolicy,
  type JwtIssuer,
  type JwtOptions,
  type JwtRules,
  type TokenType,
} from './options.ts'
export type { JwtPolicy, PrincipalMapper } from './policy.ts'
export { jwt, verifyJwt } from './verify.ts'
