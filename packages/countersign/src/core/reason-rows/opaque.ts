import { invalid, expired } from './builders.ts'
import type { Reason } from './row.ts'

/** Opaque token. */
export const OPAQUE_ROWS = {
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
} as const satisfies Readonly<Record<string, Reason>>
