/** Why a certificate is not accepted; the caller maps it to its own table of reasons. */
export type PathError =
  /** Not DER, or not a certificate. */
  | 'malformed'
  | 'expired'
  | 'not-yet-valid'
  /** No anchor vouches for it. */
  | 'no-path'
  /** A name chains to an issuer whose key did not sign. */
  | 'signature'
  /** More signatures would have to be checked than allowed: a denial of service. */
  | 'signature-budget'
  /** A certificate signs others and may not, or identifies a caller and is an authority. */
  | 'basic-constraints'
  | 'path-length'
  | 'key-usage'
  | 'extended-key-usage'
  | 'name-constraints'
  /** A critical extension that is not processed, or a profile that demands one. */
  | 'critical-extension'
  /** A name or key identifier that the profile demands is absent. */
  | 'profile'
  /** SHA-1, RSA below 2048 bits, a curve without a name. */
  | 'algorithm'
  | 'revoked'
  /** No CRL of the issuer was given. */
  | 'crl-missing'
  | 'crl-stale'
  /** The CRL is not signed by the issuer, or the issuer may not sign CRLs. */
  | 'crl-invalid'

/** A refusal, with words for an operator; nothing of it is for the wire. */
export interface PathFailure {
  readonly reason: PathError
  readonly detail: string
}

/** Makes a refusal. */
export const failure = (reason: PathError, detail: string): PathFailure => ({ reason, detail })
