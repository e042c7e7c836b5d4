/** What the caller reads; the operator reads the reason itself. */
export interface Reason {
  readonly status: 400 | 401 | 403 | 413 | 429 | 503
  /** Code on the wire when it may not be the reason's own. */
  readonly wire: WireCode
  /** `error` of the Bearer or DPoP challenge (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3), where one applies. */
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce'
  /** The rule, for the operator and the docs. */
  readonly rule: string
  /** What to do about it, for the operator. */
  readonly advice: string
}

/** The codes that callers may see. */
export type WireCode =
  | 'credential-missing'
  | 'credential-invalid'
  | 'credential-expired'
  | 'authentication-insufficient'
  | 'request-malformed'
  | 'request-replayed'
  | 'body-mismatch'
  | 'body-too-large'
  | 'clock-skew'
  | 'https-required'
  | 'permission-denied'
  | 'network-denied'
  | 'origin-denied'
  | 'rate-limited'
  | 'unavailable'

/** One sentence a wire code stands for, in the answer's `title`. */
export const WIRE_TITLES: Readonly<Record<WireCode, string>> = {
  'credential-missing': 'This resource needs a credential.',
  'credential-invalid': 'The credential was not accepted.',
  'credential-expired': 'The credential has expired.',
  'authentication-insufficient': 'This needs a stronger or a more recent sign-in.',
  'request-malformed': 'The request carries its credential in a way that is not accepted.',
  'request-replayed': 'This request has been received before; sign it again.',
  'body-mismatch': 'The body is not the one that was signed.',
  'body-too-large': 'The body is larger than a signed one may be.',
  'clock-skew': 'The time of the request is too far from the time of this server.',
  'https-required': 'This credential is accepted over HTTPS only.',
  'permission-denied': 'The credential does not allow this.',
  'network-denied': 'The credential is not accepted from this network.',
  'origin-denied': 'Requests from this web origin are not accepted.',
  'rate-limited': 'Too many requests.',
  unavailable: 'Authentication is temporarily unavailable.',
}
