import type { Jwk } from '../../crypto/seam.ts'
import type { ForgeryGround } from './forge.ts'
import type { SignatureKey } from './sign.ts'

/** What the attacks are made of: a good ECDSA P-256 key, and keys that were good or are elsewhere. */
export interface HttpSignatureAttackMaterial extends ForgeryGround {
  /** The public half of `key`, which everybody knows. */
  readonly publicJwk: Jwk
  /** A key that is registered nowhere. */
  readonly stranger: SignatureKey
  readonly revoked: SignatureKey
  readonly expired: SignatureKey
  readonly notYetValid: SignatureKey
  /** A good key whose networks do not hold the attacker's address. */
  readonly elsewhere: SignatureKey
  /** A good key that is bound to a client certificate. */
  readonly bound: SignatureKey
  /** Of the guard under attack. */
  readonly maxBodyBytes: number
}
