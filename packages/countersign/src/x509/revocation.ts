import { map, type MaybePromise } from '../core/maybe.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { isSameName } from './names.ts'
import { failure, type PathFailure } from './path-error.ts'
import { isSignedBy } from './signature.ts'

/** What to do where revocation lists leave a question open. */
export interface CrlPolicy {
  /** An issuer in the path has no list here. `accept` trusts the life time of certificates. */
  readonly missing: 'refuse' | 'accept'
  /** The newest list should have been replaced. `accept` goes on believing it. */
  readonly stale: 'refuse' | 'accept'
}

/** The lists of a verifier, and when they are asked. */
export interface CrlCheck {
  readonly crls: readonly Crl[]
  readonly policy: CrlPolicy
  /** Seconds since the epoch. */
  readonly at: number
}

/**
 * Reports why a certificate must be taken as revoked; undefined when it need not.
 *
 * Of the lists with the name of the issuer, the newest that it really signed decides: an authority
 * that changes its key has one name and two lists. When it signed none of them, that is a refusal.
 */
export function findRevocation(
  certificate: Certificate,
  issuer: Certificate,
  { crls, policy, at }: CrlCheck,
): MaybePromise<PathFailure | undefined> {
  const candidates = crls
    .filter((crl) => isSameName(crl.issuer, issuer.subject) && crl.thisUpdate <= at)
    .toSorted((left, right) => right.thisUpdate - left.thisUpdate)
  if (candidates.length === 0) {
    return policy.missing === 'accept'
      ? undefined
      : failure('crl-missing', 'there is no list of the issuer')
  }
  if (issuer.extensions.keyUsage?.crlSign === false) {
    return failure('crl-invalid', 'the issuer may not sign lists')
  }
  return map(firstSigned(candidates, issuer), (crl) => {
    if (crl === undefined) return failure('crl-invalid', 'the issuer did not sign the list')
    if (crl.revoked.has(certificate.serial)) return failure('revoked', certificate.serial)
    return !(at <= crl.nextUpdate) && policy.stale === 'refuse'
      ? failure('crl-stale', `the next list was due at ${crl.nextUpdate}`)
      : undefined
  })
}

function firstSigned(
  [crl, ...others]: readonly Crl[],
  issuer: Certificate,
): MaybePromise<Crl | undefined> {
  if (crl === undefined) return undefined
  return map(isSignedBy(crl, issuer), (good) => (good ? crl : firstSigned(others, issuer)))
}
