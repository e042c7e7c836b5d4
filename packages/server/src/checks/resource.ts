import { err, ok, type Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'

const failure = (description: string): OAuthFailure => ({ error: 'invalid_target', description })

/**
 * Decides the audience of a token: the resource asked for, if the client may ask for it, compared
 * as exact strings; the client's first audience without a request; the issuer itself for a client
 * without any.
 *
 * One resource a token: scopes of two audiences in one token could be used at either (RFC 9068 §3).
 *
 * @see [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)
 */
export function grantAudience(
  resources: readonly string[],
  allowed: readonly string[],
  issuer: string,
): Result<string, OAuthFailure> {
  const audiences = allowed.length === 0 ? [issuer] : allowed
  const [requested = audiences[0] ?? issuer, ...more] = resources
  if (more.length > 0) return err(failure('Ask for one resource a token.'))
  if (!audiences.includes(requested)) {
    return err(failure('The client may not ask for tokens for this resource.'))
  }
  return ok(requested)
}
