import { invalid, malformed, replayed, skewed } from './builders.ts'
import type { Reason } from './row.ts'

/** Webhooks: Standard Webhooks, Stripe, GitHub. */
export const WEBHOOK_ROWS = {
  'webhook.method-mismatch': malformed(
    'Standard Webhooks 1.0.0',
    'Webhooks are sent with POST: the signature does not cover the method, so no other one is taken.',
  ),
  'webhook.malformed': malformed(
    'policy: format',
    'Send each field of the format once, in its exact form; the check names what is wrong.',
  ),
  'webhook.too-old': skewed(
    'SR-106; policy: maxAgeSeconds',
    'The time that was signed is too long ago: a late delivery, a capture, or a slow clock.',
  ),
  'webhook.in-future': skewed(
    'SR-106; policy: clockToleranceSeconds',
    'The time that was signed is ahead of this server: set the clocks of both by NTP.',
  ),
  // One row for a wrong secret and for a changed body: the signature cannot tell them apart.
  'webhook.signature-invalid': invalid(
    'SR-101',
    'No signature fits: another secret, another body, or a parser that wrote the body anew on its way.',
  ),
  'webhook.revoked': invalid('policy: revocation', 'The sender or its tenant was revoked.'),
  'webhook.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks of the sender',
    advice: 'The client address is outside the allow-list of the sender.',
  },
  'webhook.replayed': replayed(
    'SR-106',
    'This delivery was accepted before. A sender that tries again signs again, with a new time.',
  ),
} as const satisfies Readonly<Record<string, Reason>>
