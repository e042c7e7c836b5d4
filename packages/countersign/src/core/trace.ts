/** A value that a check compared; what cannot be shown safely is summarised by its size. */
export type Compared = string | number | boolean | readonly string[] | undefined

/** One check of a decision, as `explain` prints it. */
export interface Check {
  /** What was checked: `jwt.audience`, `scope`, `limit`. */
  readonly name: string
  readonly passed: boolean
  /** What the policy asks for. */
  readonly expected?: Compared
  /** What the request held. Never a secret. */
  readonly actual?: Compared
}

/**
 * Collects the checks of one decision in the order they ran. Methods get one only when somebody
 * keeps decisions, and call it with `trace?.`, so that nobody pays for what nobody reads.
 */
export class Trace {
  /** The checks so far. */
  readonly checks: Check[] = []

  /** Notes a check and hands its outcome back. */
  check(name: string, passed: boolean, expected?: Compared, actual?: Compared): boolean {
    this.checks.push({ name, passed, expected, actual })
    return passed
  }
}
