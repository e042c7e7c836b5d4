/** The answers of the authority: OAuth errors as RFC 6749 says, everything else RFC 9457. */
import type { Answer } from 'countersign'
import type { OAuthErrorCode } from './error-codes.ts'

/** An answer whose body may be bytes. */
export interface WireAnswer extends Omit<Answer, 'body'> {
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** What goes wrong in an OAuth endpoint: a value, turned into an answer by {@link oauthError}. */
export interface OAuthFailure {
  readonly error: OAuthErrorCode
  /** For the client's developer: printable ASCII, never echoes input (RFC 6749 §5.2). */
  readonly description: string
  /** @defaultValue 400 */
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
}

const NO_STORE: readonly (readonly [string, string])[] = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
]

/** An answer that no cache may keep (SR-027). */
export const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: NO_STORE,
  body: JSON.stringify(body),
})

/**
 * An OAuth error answer.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function oauthError({
  error,
  description,
  status = 400,
  headers = [],
}: OAuthFailure): Answer {
  const body = JSON.stringify({ error, error_description: description })
  return { status, headers: [...NO_STORE, ...headers], body }
}

/** A problem of the HTTP layer: unknown path, wrong method, a bug. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly headers?: readonly (readonly [string, string])[]
}

/**
 * A problem+json answer.
 *
 * @see [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)
 */
export function problem({ status, code, title, headers = [] }: Problem): Answer {
  const type = `https://countersign.dev/problems/${code}`
  return {
    status,
    headers: [
      ['content-type', 'application/problem+json'],
      ['cache-control', 'no-store'],
      ...headers,
    ],
    body: JSON.stringify({ type, title, status, code }),
  }
}
