import { ConfigError } from './errors.ts'

/** RFC 6749 §3.3 `scope-token`, narrowed to what needs no quoting anywhere. */
const SCOPE = /^[A-Za-z0-9_.\-/]+(?::[A-Za-z0-9_.\-/]+)*(?::\*)?$/

/** Reports whether a text is a scope: segments joined by `:`, the last of which may be `*`. */
export const isScope = (text: string): boolean => text.length <= 128 && SCOPE.test(text)

/** Throws a {@link ConfigError} for the first entry that is no scope. For construction time. */
export function assertScopes(scopes: readonly string[], option: string): void {
  for (const scope of scopes) {
    if (isScope(scope)) continue
    throw new ConfigError(
      'CS_CONFIG_SCOPE_INVALID',
      `${option}: "${scope}" is not a scope; write segments joined by ":", such as "orders:read" or "orders:*"`,
    )
  }
}

/** Splits a space-separated scope claim or parameter (RFC 6749 §3.3); order is kept, repeats go. */
export function parseScope(text: string): readonly string[] {
  return [...new Set(text.split(' ').filter((token) => token !== ''))]
}

/**
 * Reports whether the granted scopes cover one required scope: it is among them, or a granted
 * `a:*` stands above it (`orders:*` covers `orders:read` and `orders:read:own`, not `orders`).
 */
export function coversScope(granted: readonly string[], required: string): boolean {
  if (granted.includes(required)) return true
  return granted.some((scope) => scope.endsWith(':*') && required.startsWith(scope.slice(0, -1)))
}

/** The first required scope that is not covered, or undefined. An empty grant covers nothing. */
export const missingScope = (
  granted: readonly string[],
  required: readonly string[],
): string | undefined => required.find((scope) => !coversScope(granted, scope))
