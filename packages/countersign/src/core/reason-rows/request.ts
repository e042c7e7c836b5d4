import { malformed, invalid, limited } from './builders.ts'
import type { Reason } from './row.ts'

/** The request itself, before any method looks at it. */
export const REQUEST_ROWS = {
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
  'request.origin-denied': {
    status: 403,
    wire: 'origin-denied',
    rule: 'policy: origins; MCP 2026-07-28 transports: Origin',
    advice:
      'A page of another origin made a browser send this (DNS rebinding): name the origin if it is meant.',
  },
  'request.operation-unreadable': malformed(
    'policy: operationScopes',
    'The body must name its operation, and does not: what cannot be read cannot be permitted.',
  ),
  'request.too-many-failures': limited(
    'OAuth 2.1 §2.4.1',
    'The address prefix failed to authenticate too often; wait for Retry-After.',
  ),
  'request.body-too-large': {
    status: 413,
    wire: 'body-too-large',
    rule: 'SR-503; policy: maxBodyBytes',
    advice: 'Send a smaller body, or raise maxBodyBytes of the method that verifies it.',
  },
  'request.body-incomplete': malformed(
    'RFC 9112 §8',
    'The connection ended before the body did; what came is not what was signed.',
  ),
  'request.replay-fenced': {
    status: 503,
    wire: 'unavailable',
    rule: 'SR-107',
    advice:
      'The replay store has no memory of the time when this was signed: wait for Retry-After and sign again.',
  },
  'request.unavailable': {
    status: 503,
    wire: 'unavailable',
    rule: 'fail closed (SR-505)',
    advice:
      'A key set, the authority or a store cannot be reached; see the control named in the detail.',
  },
} as const satisfies Readonly<Record<string, Reason>>
