import { forbidden, limited, malformed } from './builders.ts'
import type { Reason } from './row.ts'

/** What a person in front of the authority's pages is stopped by, where no client can be told. */
export const OAUTH_ROWS = {
  'oauth.client-unknown': malformed(
    'RFC 6749 §4.1.2.1',
    'The client_id names no living client of this tenant: register it, or correct it.',
  ),
  'oauth.redirect-uri-unregistered': malformed(
    'RFC 9700 §2.1',
    'Register the very redirect URI that the client sends; only a loopback port may vary.',
  ),
  'oauth.request-malformed': malformed(
    'RFC 6749 §4.1.2.1',
    'The request names no client or redirect URI that an error could be sent to: see the detail.',
  ),
  'oauth.interaction-expired': malformed(
    'policy: interaction lifetime',
    'The page was open for too long, or its form was sent already: start again at the application.',
  ),
  'oauth.form-forged': forbidden(
    'RFC 9700 §4.7',
    'The form was not sent from the page of this session: the cookie or the CSRF token is another.',
  ),
  'oauth.sign-in-limited': limited(
    'policy: sign-in failures',
    'Too many wrong passwords from this address or for this account: wait.',
  ),
} as const satisfies Readonly<Record<string, Reason>>
