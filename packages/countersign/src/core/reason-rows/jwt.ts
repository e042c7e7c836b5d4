import { invalid, expired } from './builders.ts'
import type { Reason } from './row.ts'

/** Bearer JWT. */
export const JWT_ROWS = {
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
} as const satisfies Readonly<Record<string, Reason>>
