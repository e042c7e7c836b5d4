import { invalid, replayed, skewed } from './builders.ts'
import type { Reason } from './row.ts'

/** RFC 9449 §7.1: what is wrong is the proof, and a new one may be right. */
const proof = (row: Reason): Reason => ({ ...row, error: 'invalid_dpop_proof' })

/** RFC 9449 §9: the proof needs a nonce of ours, which stands in `DPoP-Nonce` beside. */
const nonce = (advice: string): Reason => ({
  ...invalid('RFC 9449 §9', advice),
  error: 'use_dpop_nonce',
})

/** DPoP. The token inside has the rows of its own method. */
export const DPOP_ROWS = {
  'dpop.proof-missing': proof(
    invalid('RFC 9449 §7.1', 'The scheme is DPoP: send a DPoP header with a proof beside it.'),
  ),
  'dpop.proof-repeated': proof(
    invalid('RFC 9449 §4.3 (1)', 'Send one DPoP header: two readers could take different ones.'),
  ),
  'dpop.too-large': proof(
    invalid('policy: maxProofBytes', 'The proof is larger than any that a usual key makes.'),
  ),
  'dpop.malformed': proof(
    invalid('RFC 9449 §4.3 (2)', 'The proof is not one compact JWS of canonical base64url JSON.'),
  ),
  'dpop.type-mismatch': proof(
    invalid('RFC 9449 §4.3 (4)', 'The typ of the proof must be dpop+jwt, exactly.'),
  ),
  'dpop.algorithm-denied': proof(
    invalid('RFC 9449 §4.3 (5)', 'Sign with one of the algorithms in algs of the challenge.'),
  ),
  'dpop.key-invalid': proof(
    invalid(
      'RFC 9449 §4.3 (7)',
      'The jwk is no public key of the algorithm. One with a private member must be replaced: it is known now.',
    ),
  ),
  'dpop.signature-invalid': proof(
    invalid('RFC 9449 §4.3 (6)', 'The signature does not belong to this jwk and these claims.'),
  ),
  'dpop.claims-invalid': proof(
    invalid('RFC 9449 §4.3 (3)', 'jti, htm, htu and iat are required, and each has its type.'),
  ),
  'dpop.method-mismatch': proof(
    invalid('RFC 9449 §4.3 (8)', 'The htm is not the method of the request, in its exact case.'),
  ),
  'dpop.url-mismatch': proof(
    invalid(
      'RFC 9449 §4.3 (9)',
      'The htu is not the URL of the request. Behind a proxy: set trustedProxies, or origin of dpop().',
    ),
  ),
  'dpop.clock-skew': proof(
    skewed(
      'RFC 9449 §4.3 (11); SR-109',
      'The iat is too old or lies in the future: check both clocks, and make a proof per request.',
    ),
  ),
  'dpop.token-mismatch': proof(
    invalid('RFC 9449 §4.3 (12)', 'The ath is not the digest of the token beside the proof.'),
  ),
  'dpop.nonce-required': nonce('Make the proof again with the nonce that the answer brings.'),
  'dpop.nonce-invalid': nonce('The nonce has expired or is not ours: take the one of the answer.'),
  'dpop.key-unbound': proof(
    invalid(
      'RFC 9449 §7.1',
      'The method inside dpop() does not compare keys, so that a proof would prove nothing.',
    ),
  ),
  'dpop.replayed': proof(
    replayed('SR-106; RFC 9449 §11.1', 'This proof was used before: make one per request.'),
  ),
} as const satisfies Readonly<Record<string, Reason>>
