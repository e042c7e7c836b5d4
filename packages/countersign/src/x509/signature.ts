import { verifyWithSpki } from '#crypto'
import { map, type MaybePromise } from '../core/maybe.ts'
import { construct } from './algorithms.ts'
import type { Certificate, Signed } from './certificate.ts'

/**
 * Good signatures by the objects they connect. Anchors, intermediates and CRLs that a verifier keeps are
 * checked once; what a peer sends is a new object each time, and is checked each time.
 */
const verified = new WeakMap<Signed, WeakSet<Certificate>>()

/** Reports whether the key of a certificate made a signature. Nothing else is checked. */
export function isSignedBy(signed: Signed, issuer: Certificate): MaybePromise<boolean> {
  if (verified.get(signed)?.has(issuer) === true) return true
  const { algorithm, tbs: data, signature } = signed
  const { publicKey, spki } = issuer
  if (algorithm === undefined || publicKey === undefined) return false
  const construction = construct(algorithm, publicKey)
  if (construction === undefined) return false
  return map(verifyWithSpki(spki, construction, { data, signature }), (good) => {
    if (good) remember(signed, issuer)
    return good
  })
}

function remember(signed: Signed, issuer: Certificate): void {
  const issuers = verified.get(signed) ?? new WeakSet()
  issuers.add(issuer)
  verified.set(signed, issuers)
}
