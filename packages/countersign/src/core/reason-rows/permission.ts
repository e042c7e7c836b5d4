import { forbidden, invalid, limited } from './builders.ts'
import type { Reason } from './row.ts'

/** The proof is good, and the sign-in behind it is not what is asked for: 401 (RFC 9470 §3). */
const insufficient = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'authentication-insufficient',
  error: 'insufficient_user_authentication',
})

/** Permission and limits, after authentication. */
export const PERMISSION_ROWS = {
  'permission.scope-missing': {
    ...forbidden(
      'RFC 6750 §3.1',
      'Grant the missing scope, or call with a credential that has it.',
    ),
    error: 'insufficient_scope',
  },
  'permission.method-denied': forbidden(
    'policy: requirement.methods',
    'The route accepts other kinds of credential only.',
  ),
  'permission.principal-denied': forbidden(
    'policy: requirement.principals',
    'The route accepts other kinds of principal only.',
  ),
  'permission.sender-constraint-missing': forbidden(
    'RFC 9700 §2.2.1',
    'The route wants proof of possession: a bound token, a client certificate or a signed request.',
  ),
  'permission.authentication-too-old': insufficient(
    'RFC 9470 §3',
    'Authenticate again: the route asks for a fresher proof.',
  ),
  'permission.authentication-insufficient': insufficient(
    'RFC 9470 §3',
    'Authenticate in another way: the route asks for an acr or amr that the token does not have.',
  ),
  'limit.exceeded': limited('RFC 6585 §4', 'Wait for Retry-After, or raise the limit it names.'),
} as const satisfies Readonly<Record<string, Reason>>
