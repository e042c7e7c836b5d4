/** DPoP: verification. Proofs are made by `countersign/dpop/sign`, attacks are `countersign/dpop/attacks`. */
export { rollingNonces, type NonceAge, type Nonces, type RollingNonceOptions } from './nonces.ts'
export { proofClaim } from './claim.ts'
export { dpopPolicy, type DpopOptions, type DpopPolicy } from './options.ts'
export { verifyProof, type ProofRequest, type VerifiedProof } from './proof.ts'
export { jwkThumbprint } from '../../jose/thumbprint.ts'
export { dpop } from './verify.ts'
