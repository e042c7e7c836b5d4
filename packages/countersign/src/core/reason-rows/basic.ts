import { malformed, invalid, limited } from './builders.ts'
import type { Reason } from './row.ts'

/** Basic. */
export const BASIC_ROWS = {
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
