import { err, ok, type Result } from 'countersign'
import type { AuthorizationDetail } from '../model/grant-facts.ts'

/**
 * Judges one detail of a type (RFC 9396 §2), and answers it as it is to be granted: with defaults
 * filled in, for example. An error is a text for the client's developer: ASCII, and it echoes nothing.
 *
 * @param detail - Attacker-controlled; of the type that this is for, and nothing else is known of it.
 */
export type DetailRule = (detail: AuthorizationDetail) => Result<AuthorizationDetail, string>

/** Rules by the types that they are for. */
export type DetailTypes = Readonly<Record<string, DetailRule>>

/**
 * Applies the rules of the operator. A type without a rule is taken as it is; the first detail that
 * is refused decides.
 */
export function judgeDetails(
  details: readonly AuthorizationDetail[],
  types: DetailTypes,
): Result<readonly AuthorizationDetail[], string> {
  const judged: AuthorizationDetail[] = []
  for (const detail of details) {
    const rule = Object.hasOwn(types, detail.type) ? types[detail.type] : undefined
    const outcome = rule === undefined ? ok(detail) : rule(detail)
    if (!outcome.ok) return outcome
    // What a rule makes of a detail stays of its type: the client is registered for no other.
    if (outcome.value.type !== detail.type) return err('The type of a detail cannot change.')
    judged.push(outcome.value)
  }
  return ok(judged)
}
