import { hash, timingSafeEqual } from 'node:crypto'

/** 43 to 128 unreserved characters (RFC 7636 §4.1). */
const VERIFIER = /^[\w.~-]{43,128}$/
/** base64url of 32 bytes. */
const CHALLENGE = /^[\w-]{43}$/

/** Reports whether a text can be an S256 challenge. */
export const isCodeChallenge = (text: string): boolean => CHALLENGE.test(text)

/**
 * Reports whether a verifier is the one behind an S256 challenge. There is no other method: `plain`
 * proves nothing to somebody who has read the request (SR-013).
 *
 * @param verifier - Attacker-controlled.
 * @see [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)
 */
export function provesChallenge(verifier: string, challenge: string): boolean {
  if (!VERIFIER.test(verifier) || !CHALLENGE.test(challenge)) return false
  const given = hash('sha256', verifier, 'base64url')
  return timingSafeEqual(Buffer.from(given), Buffer.from(challenge))
}
