import { sha256 } from '#crypto'
import type { MaybePromise } from '../core/maybe.ts'
import type { Jwk } from '../crypto/seam.ts'

/** The members that make a public key, in lexicographic order (RFC 7638 §3.2, RFC 8037, RFC 9964). */
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
  ['AKP', ['alg', 'kty', 'pub']],
])

/**
 * Writes the members that make a public key, and no others, in their canonical form. Undefined for
 * a key type that is not asymmetric, or a member that is absent or no text.
 *
 * @param jwk - Attacker-controlled.
 * @see [RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)
 */
export function canonicalJwk(jwk: Jwk): string | undefined {
  const names = MEMBERS.get(jwk['kty'])
  if (names === undefined || !names.every((name) => typeof jwk[name] === 'string')) return undefined
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])))
}

/**
 * The SHA-256 thumbprint of a public key, base64url: what `cnf.jkt` of a bound token and the
 * `dpop_jkt` parameter hold. Undefined like {@link canonicalJwk}.
 *
 * Does not check that the key is good for anything.
 *
 * @see [RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1) JWK thumbprint confirmation
 */
export function jwkThumbprint(jwk: Jwk): MaybePromise<string | undefined> {
  const canonical = canonicalJwk(jwk)
  return canonical === undefined ? undefined : sha256(canonical)
}
