/**
 * The response that a code or a refresh token led to, kept sealed beside it. A client whose answer
 * was lost, or whose two tabs asked at once, gets the very same response again for a few seconds: a
 * second one would fork the family, and none would sign the person out.
 */
import { seal, unseal, type KekRing } from '../keys/seal.ts'
import type { TokenResponse } from '../tokens/response.ts'

/** What was answered to whom. */
interface Kept {
  readonly response: TokenResponse
  /** What the request proved and asked for: another request is no repetition. */
  readonly asked: string
}

/** A request to be answered again. */
export interface Repetition {
  readonly sealed: string | null
  /** Where the sealed text belongs. */
  readonly place: string
  readonly asked: string
  /** Seconds since the epoch, or null where nothing was answered. */
  readonly answeredAt: number | null
  readonly windowSeconds: number
  readonly now: number
}

/** Seals a response for {@link repeatResponse}. */
export const keepResponse = (keks: KekRing, place: string, { response, asked }: Kept): string =>
  seal(keks, JSON.stringify({ response, asked }), place).sealed

/**
 * The response that was given already, if this is the same request within the window: `expires_in`
 * counts from its issue. `different` for another request within the window, `late` after it.
 */
export function repeatResponse(
  keks: KekRing,
  { sealed, place, asked, answeredAt, windowSeconds, now }: Repetition,
): TokenResponse | 'different' | 'late' {
  const age = answeredAt === null ? Infinity : now - answeredAt
  if (sealed === null || age >= windowSeconds) return 'late'
  // Sealed above, from values of these types.
  const kept = JSON.parse(unseal(keks, sealed, place)) as Kept
  if (kept.asked !== asked) return 'different'
  return { ...kept.response, expires_in: Math.max(kept.response.expires_in - age, 0) }
}
