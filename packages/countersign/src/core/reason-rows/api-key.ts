import { invalid, expired } from './builders.ts'
import type { Reason } from './row.ts'

/** API key. */
export const API_KEY_ROWS = {
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
  'api-key.binding-unproven': invalid(
    'RFC 9449 §7.1; RFC 8705 §3',
    'The key is bound to a key pair or certificate; sent alone it proves nothing.',
  ),
  'api-key.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks of the key',
    advice: 'The client address is outside the allow-list of the key.',
  },
} as const satisfies Readonly<Record<string, Reason>>
