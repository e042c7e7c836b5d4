import { invalid, malformed } from './builders.ts'
import type { Reason } from './row.ts'

/** Web Bot Auth, the profile of RFC 9421 for automated clients. */
export const WEB_BOT_AUTH_ROWS = {
  'web-bot-auth.agent-missing': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: Signature-Agent',
    'Send Signature-Agent with the https origin of the key directory.',
  ),
  'web-bot-auth.agent-uncovered': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: Signature-Agent',
    'Cover the member of Signature-Agent that is named like the signature.',
  ),
  'web-bot-auth.agent-malformed': malformed(
    'draft-ietf-webbotauth-httpsig-protocol: Signature-Agent',
    'Signature-Agent is a dictionary of strings, each member once, of type directory.',
  ),
  'web-bot-auth.agent-invalid': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: Signature-Agent; SR-504',
    'The agent is no https origin of the public internet: no path, user, address or odd port.',
  ),
  'web-bot-auth.agent-denied': invalid(
    'policy: agents',
    'The agent is none of those that this API accepts.',
  ),
  'web-bot-auth.parameter-missing': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: signature parameters',
    'Sign with the parameter expires.',
  ),
  'web-bot-auth.lifetime-too-long': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: signature parameters',
    'expires must lie after created, and by no more than maxLifetimeSeconds.',
  ),
  'web-bot-auth.keyid-invalid': invalid(
    'RFC 7638; RFC 8037 appendix A.3',
    'The keyid is the SHA-256 thumbprint of the key, in base64url.',
  ),
  'web-bot-auth.directory-failed': invalid(
    'draft-ietf-webbotauth-httpsig-protocol: Discovery Failure',
    'The directory of the agent gave no keys to believe; the detail says why.',
  ),
  'web-bot-auth.directory-busy': {
    status: 503,
    wire: 'unavailable',
    rule: 'policy: fetchesPerMinute; SR-504',
    advice: 'Too many unknown agents in this minute: no more directories are fetched for now.',
  },
} as const satisfies Readonly<Record<string, Reason>>
