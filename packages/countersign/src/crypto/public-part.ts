import type { Jwk } from './seam.ts'

/** Private members of asymmetric keys, by RFC 7518 §6 and the AKP key type. */
const PRIVATE_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'])

/** Reports whether a JWK holds a private asymmetric key. */
export const isPrivateJwk = (jwk: Jwk): boolean =>
  Object.keys(jwk).some((name) => PRIVATE_MEMBERS.has(name))

/** The public part of a JWK: a verifier has no business holding the rest. */
export const publicPart = (jwk: Jwk): Record<string, unknown> =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.has(name)))
