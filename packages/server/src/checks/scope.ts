import { coversScope, err, isScope, ok, parseScope, type Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'

/** Scopes of one token; a bound on what a client can make us sign. */
const MAX_SCOPES = 100

const failure = (description: string): OAuthFailure => ({ error: 'invalid_scope', description })

/**
 * Decides the scopes of a token: those asked for, if every one is covered by what the client may
 * have; all of the client's without a request (RFC 6749 §3.3). Nothing is dropped in silence.
 *
 * @param requested - The `scope` parameter. Attacker-controlled.
 */
export function grantScopes(
  requested: string | undefined,
  allowed: readonly string[],
): Result<readonly string[], OAuthFailure> {
  if (requested === undefined) return ok(allowed)
  const scopes = parseScope(requested)
  if (scopes.length > MAX_SCOPES || !scopes.every(isScope)) {
    return err(failure('The requested scope is malformed.'))
  }
  if (!scopes.every((scope) => coversScope(allowed, scope))) {
    return err(failure('The requested scope exceeds what the client may have.'))
  }
  return ok(scopes)
}
