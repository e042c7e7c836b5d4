import { changed, expired, invalid, malformed, replayed, skewed } from './builders.ts'
import type { Reason } from './row.ts'

/** AWS Signature Version 4. */
export const SIGV4_ROWS = {
  'sigv4.malformed': malformed(
    'SR-108',
    'Authorization, X-Amz-Date or the presigned query is not in the form of AWS4-HMAC-SHA256; each part comes once.',
  ),
  'sigv4.mixed-forms': malformed(
    'SR-108',
    'Sign in the header or in the query, not in both: which one counts would be a guess.',
  ),
  'sigv4.target-ambiguous': malformed(
    'SR-108',
    'The path or query has several readings (dot or empty segments, a bare + or %): send its normal form.',
  ),
  'sigv4.scope-date-mismatch': invalid(
    'SR-108',
    'The day of the credential scope is not the day of X-Amz-Date.',
  ),
  'sigv4.region-mismatch': invalid('SR-108', 'Signed for a region that this API is not.'),
  'sigv4.service-mismatch': invalid('SR-108', 'Signed for a service that this API is not.'),
  'sigv4.clock-skew': skewed(
    'SR-108, SR-109',
    'X-Amz-Date is too old or lies in the future: check both clocks, and sign every retry anew.',
  ),
  'sigv4.url-expired': expired('SR-108', 'The presigned URL has expired: make a new one.'),
  'sigv4.lifetime-exceeded': invalid(
    'SR-108',
    'The presigned URL lives longer than this API accepts: make it with a smaller X-Amz-Expires.',
  ),
  'sigv4.header-unsigned': invalid(
    'SR-108',
    'A header that must be covered by the signature is not: see the names in the detail.',
  ),
  'sigv4.header-missing': invalid(
    'SR-108',
    'A signed header did not arrive: did a proxy remove it?',
  ),
  'sigv4.payload-unsigned': invalid(
    'SR-108',
    'The body is not signed (UNSIGNED-PAYLOAD). Sign it, or allow it on purpose.',
  ),
  'sigv4.key-unknown': invalid('SR-108', 'No access key has this id in this installation.'),
  'sigv4.signature-invalid': invalid(
    'SR-108',
    'The signature does not belong to this request: wrong secret, a changed request, or another path encoding.',
  ),
  'sigv4.session-token-invalid': invalid(
    'SR-108',
    'X-Amz-Security-Token is missing, unexpected, or another one than was issued.',
  ),
  'sigv4.body-mismatch': changed('SR-108', 'The body is not the one that was signed.'),
  'sigv4.chunks-malformed': changed(
    'SR-108',
    'The body is not in the form of aws-chunked, or has another length than was signed.',
  ),
  'sigv4.chunk-mismatch': changed(
    'SR-108',
    'A chunk or the trailer does not continue the chain of signatures.',
  ),
  'sigv4.replayed': replayed(
    'SR-106',
    'This signature was used before. Sign every attempt anew; two equal requests in one second need a header that differs.',
  ),
  'sigv4.expired': expired('policy: expiry', 'Rotate the access key.'),
  'sigv4.not-yet-valid': invalid('policy: not-before', 'The access key is not valid yet.'),
  'sigv4.revoked': invalid(
    'policy: revocation',
    'The access key, its principal or its tenant was revoked.',
  ),
  'sigv4.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks of the key',
    advice: 'The client address is outside the allow-list of the access key.',
  },
  'sigv4.binding-unproven': invalid(
    'RFC 8705 §3',
    'The access key is bound to another key of the caller, which this request does not prove.',
  ),
} as const satisfies Readonly<Record<string, Reason>>
