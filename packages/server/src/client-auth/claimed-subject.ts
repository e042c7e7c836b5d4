/** Longer than any client id. */
const MAX_ID_LENGTH = 2048

/**
 * The subject that an assertion claims, for looking up whose keys may prove it. Nothing of the
 * assertion is believed: it is verified afterwards, against the keys of that client alone.
 *
 * @param assertion - Attacker-controlled, and no longer than a form. Never throws.
 */
export function claimedSubject(assertion: string): string | undefined {
  const payload = assertion.split('.', 3)[1] ?? ''
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (typeof claims !== 'object' || claims === null || !('sub' in claims)) return undefined
    const { sub } = claims
    return typeof sub === 'string' && sub !== '' && sub.length <= MAX_ID_LENGTH ? sub : undefined
  } catch {
    return undefined
  }
}
