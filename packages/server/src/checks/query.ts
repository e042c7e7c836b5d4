import type { OAuthFailure } from '../http/answers.ts'

/** Parameters that are credentials, or lead to one. */
const SECRET_PARAMETERS =
  /[?&](?:client_secret|client_assertion|token|code|refresh_token|password)=/i

/**
 * Refuses a request whose URL carries a credential: URLs end up in logs, and a client that gets an
 * answer anyway would never notice (SR-028, RFC 6749 §2.3.1).
 *
 * @param target - The request target as sent.
 */
export const leakedParameter = (target: string): OAuthFailure | undefined =>
  target.includes('?') && SECRET_PARAMETERS.test(target)
    ? {
        error: 'invalid_request',
        description: 'Credentials belong in the request body or header, never in the URL.',
      }
    : undefined
