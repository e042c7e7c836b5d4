import { hash } from 'node:crypto'
import type { StoreSession } from '../model/store.ts'
import type { AuthorizationRequest } from './request.ts'

/** How long a challenge is remembered: longer than the day on which a broken client is tried out. */
const REMEMBERED_SECONDS = 7 * 86_400

/**
 * Reports whether a code was issued for this challenge of the client before, and remembers it. A
 * client that sends a constant one has switched PKCE off without knowing: whoever has seen one
 * verifier can redeem every code. The event of the grant says so; the request is not refused, for a
 * person who goes back in the browser sends the same one again in good faith (SR-017).
 *
 * @see [RFC 9700 §2.1.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1)
 */
export async function repeatsChallenge(
  { replays }: Pick<StoreSession, 'replays'>,
  tenant: string,
  {
    clientId,
    codeChallenge,
    now,
  }: Pick<AuthorizationRequest, 'clientId' | 'codeChallenge'> & {
    readonly now: number
  },
): Promise<boolean> {
  const text = JSON.stringify(['code-challenge', tenant, clientId, codeChallenge])
  const outcome = await replays.claim({
    id: hash('sha256', text, 'base64url'),
    // Nothing is decided by it, so a fence has nothing to hold back.
    signedAfter: Number.MAX_SAFE_INTEGER,
    expiresAt: now + REMEMBERED_SECONDS,
  })
  return outcome === 'replayed'
}
