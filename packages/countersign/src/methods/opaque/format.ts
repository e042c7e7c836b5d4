import { parseCredential, type CredentialParts } from '../../core/credential-format.ts'

/** The kinds of opaque token, and the environment that names each inside it. */
export const TOKEN_ENVIRONMENTS = { access: 'at', refresh: 'rt' } as const

/** What an opaque token is for. */
export type OpaqueTokenKind = keyof typeof TOKEN_ENVIRONMENTS

/**
 * Parses an opaque token that we issued: `<brand>_at_<id>_<secret><crc>`, `rt` for refresh tokens.
 * Answers undefined for anything else. Needs no I/O, and proves nothing.
 *
 * @param text - Attacker-controlled, of any length.
 */
export function parseOpaqueToken(
  text: string,
): { readonly brand: string; readonly kind: OpaqueTokenKind; readonly id: string } | undefined {
  const parsed = parseCredential(text)
  const kind = parsed.ok ? kindOf(parsed.value) : undefined
  if (!parsed.ok || kind === undefined) return undefined
  return { brand: parsed.value.brand, kind, id: parsed.value.id }
}

function kindOf({ environment }: CredentialParts): OpaqueTokenKind | undefined {
  if (environment === TOKEN_ENVIRONMENTS.access) return 'access'
  return environment === TOKEN_ENVIRONMENTS.refresh ? 'refresh' : undefined
}

/** The three parts of a compact JWS (RFC 7515 §7.1). */
const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/** Reports whether a Bearer value looks like a JWT, which belongs to the `jwt` method. */
export const looksLikeJwt = (text: string): boolean => text.startsWith('ey') && JWS.test(text)
