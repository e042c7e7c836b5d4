/**
 * THE table of refusals: every reason that a request can be refused for, its status, what the wire
 * may say, the rule behind it and what to do. The response mapper, the log, `explain`, the docs and
 * the auditor all read it. Codes are `method.what`; they are never reused and never renamed.
 *
 * `wire` is what the caller is told. Reasons that an attacker must not tell apart share a text:
 * an unknown key and a wrong secret are one and the same answer (SR-201).
 */

/** What the caller reads; the operator reads the reason itself. */
export interface Reason {
  readonly status: 400 | 401 | 403 | 429 | 503
  /** Code on the wire when it may not be the reason's own. */
  readonly wire: WireCode
  /** `error` of the Bearer challenge (RFC 6750 §3.1), where one applies. */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
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
  | 'request-malformed'
  | 'https-required'
  | 'permission-denied'
  | 'network-denied'
  | 'rate-limited'
  | 'unavailable'

/** One sentence a wire code stands for, in the answer's `title`. */
export const WIRE_TITLES: Readonly<Record<WireCode, string>> = {
  'credential-missing': 'This resource needs a credential.',
  'credential-invalid': 'The credential was not accepted.',
  'credential-expired': 'The credential has expired.',
  'request-malformed': 'The request carries its credential in a way that is not accepted.',
  'https-required': 'This credential is accepted over HTTPS only.',
  'permission-denied': 'The credential does not allow this.',
  'network-denied': 'The credential is not accepted from this network.',
  'rate-limited': 'Too many requests.',
  unavailable: 'Authentication is temporarily unavailable.',
}

const malformed = (rule: string, advice: string): Reason => ({
  status: 400,
  wire: 'request-malformed',
  error: 'invalid_request',
  rule,
  advice,
})
const invalid = (rule: string, advice: string): Reason => ({
  status: 401,
  wire: 'credential-invalid',
  error: 'invalid_token',
  rule,
  advice,
})
const expired = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'credential-expired',
})
const forbidden = (rule: string, advice: string): Reason => ({
  status: 403,
  wire: 'permission-denied',
  rule,
  advice,
})
const limited = (rule: string, advice: string): Reason => ({
  status: 429,
  wire: 'rate-limited',
  rule,
  advice,
})

/** Every reason. A test asks that each one is produced by an attack or a vector. */
export const REASONS = {
  // The request itself, before any method looks at it.
  'request.credential-missing': {
    status: 401,
    wire: 'credential-missing',
    rule: 'RFC 9110 §11.6.1',
    advice: 'Send a credential by one of the schemes in WWW-Authenticate.',
  },
  'request.duplicate-authorization': malformed(
    'RFC 9110 §5.3',
    'Send one Authorization header: two proxies could read different ones.',
  ),
  'request.malformed-authorization': malformed(
    'RFC 9110 §11.4',
    'Write Authorization as: scheme, one space, credential.',
  ),
  'request.multiple-credentials': malformed(
    'RFC 6750 §2',
    'Send one credential: which of two would count is a guess that differs between hops.',
  ),
  'request.unsupported-credential': invalid(
    'RFC 9110 §11.6.1',
    'The scheme or form is none that this resource accepts; see WWW-Authenticate.',
  ),
  'request.credential-in-query': malformed(
    'OAuth 2.1 §5.1; ASVS 5.0 14.2.1',
    'Move the credential to a header: URLs are logged, cached and sent as Referer. Rotate it.',
  ),
  'request.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks',
    advice: 'The client address is outside the allow-list of the guard.',
  },
  'request.too-many-failures': limited(
    'OAuth 2.1 §2.4.1',
    'The address prefix failed to authenticate too often; wait for Retry-After.',
  ),
  'request.unavailable': {
    status: 503,
    wire: 'unavailable',
    rule: 'fail closed (SR-505)',
    advice:
      'A key set, the authority or a store cannot be reached; see the control named in the detail.',
  },

  // Permission and limits, after authentication.
  'permission.scope-missing': {
    ...forbidden(
      'RFC 6750 §3.1',
      'Grant the missing scope, or call with a credential that has it.',
    ),
    error: 'insufficient_scope',
  },
  'permission.method-denied': forbidden(
    'policy: requirement.methods',
    'The route accepts other kinds of credential only.',
  ),
  'permission.principal-denied': forbidden(
    'policy: requirement.principals',
    'The route accepts other kinds of principal only.',
  ),
  'permission.sender-constraint-missing': forbidden(
    'RFC 9700 §2.2.1',
    'The route wants a credential that is bound to a key of the caller.',
  ),
  'permission.authentication-too-old': {
    ...invalid('RFC 9470', 'Authenticate again: the route asks for a fresher proof.'),
    wire: 'credential-expired',
  },
  'limit.exceeded': limited('RFC 6585 §4', 'Wait for Retry-After, or raise the limit it names.'),

  // Bearer JWT.
  'jwt.too-large': invalid('SR-503', 'Issue smaller tokens, or raise maxTokenBytes.'),
  'jwt.malformed': invalid(
    'RFC 7515 §7.1',
    'Send the compact form: three base64url parts, unpadded.',
  ),
  'jwt.not-canonical': invalid(
    'RFC 8725 §3.14',
    'A base64url part has stray bits, padding or white space.',
  ),
  'jwt.duplicate-member': invalid(
    'RFC 7515 §4',
    'A JSON member appears twice; parsers would disagree on it.',
  ),
  'jwt.encrypted': invalid('RFC 8725 §3.3', 'This is a JWE; send a signed token.'),
  'jwt.critical-header': invalid(
    'RFC 7515 §4.1.11',
    'The header lists crit extensions; none is understood.',
  ),
  'jwt.type-mismatch': invalid(
    'RFC 8725 §3.11; RFC 9068 §4',
    'Send an access token (typ at+jwt), not another kind of JWT.',
  ),
  'jwt.algorithm-denied': invalid(
    'RFC 8725 §3.1',
    'The alg is not among the allowed algorithms; none never is.',
  ),
  'jwt.key-unknown': invalid(
    'RFC 8725 §3.8',
    'No key of the issuer fits kid and alg. Was the token signed by another issuer?',
  ),
  'jwt.signature-invalid': invalid(
    'RFC 7515 §5.2',
    'The signature does not belong to this header and payload.',
  ),
  'jwt.payload-invalid': invalid(
    'RFC 7519 §7.2',
    'The payload is no JSON object, or a registered claim has the wrong type.',
  ),
  'jwt.issuer-mismatch': invalid(
    'RFC 8725 §3.8',
    'The iss is none of the configured issuers, compared as exact strings.',
  ),
  'jwt.audience-mismatch': invalid(
    'RFC 8725 §3.9',
    'The aud does not name this API, compared as exact strings.',
  ),
  'jwt.claim-missing': invalid('RFC 9068 §2.2', 'A required claim is absent.'),
  'jwt.expired': expired('RFC 7519 §4.1.4', 'Refresh the token.'),
  'jwt.not-yet-valid': invalid(
    'RFC 7519 §4.1.5',
    'nbf or iat lies in the future: check both clocks.',
  ),
  'jwt.lifetime-exceeded': invalid(
    'policy: maxLifetimeSeconds',
    'The token lives longer than this API accepts; issue shorter ones.',
  ),
  'jwt.revoked': invalid('RFC 7009', 'The token, its grant, client, principal or key was revoked.'),
  'jwt.binding-unproven': invalid(
    'RFC 9449 §7.1; RFC 8705 §3',
    'The token is bound to a key; a bare Bearer presentation proves nothing.',
  ),

  // Opaque token.
  'opaque.malformed': invalid(
    'RFC 6750 §2.1',
    'The token is not in the form that this API issues.',
  ),
  'opaque.inactive': invalid('RFC 7662 §2.2', 'Unknown, expired or revoked at the issuer.'),
  'opaque.expired': expired('RFC 7662 §2.2', 'Fetch a new token.'),
  'opaque.not-yet-valid': invalid('RFC 7662 §2.2', 'nbf lies in the future: check both clocks.'),
  'opaque.binding-unproven': invalid(
    'RFC 9449 §7.1; RFC 8705 §3',
    'The token is bound to a key; a bare Bearer presentation proves nothing.',
  ),
  'opaque.issuer-mismatch': invalid(
    'RFC 7662 §2.2',
    'The introspection answer names another issuer.',
  ),
  'opaque.audience-mismatch': invalid('RFC 8707 §2', 'The token was issued for another resource.'),
  'opaque.revoked': invalid('RFC 7009', 'The token or its grant was revoked.'),

  // API key.
  'api-key.malformed': invalid(
    'SR-201',
    'The key is not in the form brand_env_id_secret: copy it whole.',
  ),
  'api-key.checksum-invalid': invalid(
    'SR-201',
    'A character is wrong or missing: copy the key again.',
  ),
  'api-key.environment-mismatch': invalid(
    'policy: environment',
    'A test key was used on live, or the reverse.',
  ),
  'api-key.unknown': invalid('SR-201', 'No key has this id in this installation.'),
  'api-key.secret-mismatch': invalid(
    'SR-201',
    'The id exists, the secret does not fit: forged or badly copied.',
  ),
  'api-key.expired': expired('policy: expiry', 'Rotate the key.'),
  'api-key.not-yet-valid': invalid('policy: not-before', 'The key is not valid yet.'),
  'api-key.revoked': invalid(
    'policy: revocation',
    'The key, its service or its tenant was revoked.',
  ),
  'api-key.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks of the key',
    advice: 'The client address is outside the allow-list of the key.',
  },

  // Basic.
  'basic.https-required': {
    status: 403,
    wire: 'https-required',
    rule: 'RFC 7617 §4',
    advice: 'Use HTTPS. The password has crossed the network in clear: change it.',
  },
  'basic.malformed': malformed(
    'RFC 7617 §2',
    'Send base64 of UTF-8 "user:password" without control characters.',
  ),
  'basic.credentials-invalid': invalid(
    'RFC 7617 §2',
    'Unknown user or wrong password; both look the same.',
  ),
  'basic.revoked': invalid('policy: revocation', 'The user was revoked.'),
  'basic.too-many-failures': limited(
    'SR-205',
    'This account failed too often; wait for Retry-After.',
  ),
} as const satisfies Readonly<Record<string, Reason>>

/** The code of a row of {@link REASONS}. */
export type ReasonCode = keyof typeof REASONS

/** The row of a code. */
export const reasonOf = (code: ReasonCode): Reason => REASONS[code]
