import { hash } from 'node:crypto'

/** The members that identify a key, in the order that RFC 7638 §3.2 hashes them. */
const REQUIRED_MEMBERS = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const

/**
 * The SHA-256 thumbprint of a public key, base64url: its `kid`, or the name that it is known by.
 *
 * @see [RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)
 */
export function thumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const members = REQUIRED_MEMBERS.filter((name) => jwk[name] !== undefined)
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))
  return hash('sha256', canonical, 'base64url')
}
