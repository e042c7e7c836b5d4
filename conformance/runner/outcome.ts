/** How modules end before their time. */
import assert from 'node:assert/strict'

/** Thrown where a module cannot apply to a server. */
export class Inapplicable extends Error {
  override readonly name = 'Inapplicable'
}

/** Ends a module that cannot apply, and says why. */
export function needs(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Inapplicable(why)
}

/** Asserts that an error is one of those that a specification allows here. */
export function assertError(error: unknown, allowed: readonly string[]): void {
  assert.ok(
    typeof error === 'string' && allowed.includes(error),
    `the error is ${String(error)}, none of: ${allowed.join(', ')}`,
  )
}
