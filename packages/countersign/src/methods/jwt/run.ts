import type { Confirmation } from '../../core/principal.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Compared, Trace } from '../../core/trace.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import type { JwtPolicy } from './policy.ts'

/** One verification on its way. */
export interface Run {
  /** Attacker-controlled. */
  readonly token: string
  readonly policy: JwtPolicy
  /** Seconds since the epoch. */
  readonly now: number
  readonly trace: Trace | undefined
  /** Keys that the request proved to hold, beside the token. */
  readonly proven?: Confirmation | undefined
}

/** One check: what it is called, which row of the reasons it fails with, what was compared. */
export interface Check {
  readonly name: string
  readonly reason: ReasonCode
  readonly expected?: Compared
  readonly actual?: Compared
}

/** Notes a check in the trace; answers the rejection when it failed, undefined when it passed. */
export function settle(
  { trace }: Run,
  passed: boolean,
  { name, reason, expected, actual }: Check,
): Rejected | undefined {
  trace?.check(name, passed, expected, actual)
  if (passed) return undefined
  return rejected(reason, {
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  })
}

const MAX_SHOWN = 128

/** A text of an unverified token as an operator may see it: short, printable, one line. */
export const shown = (text: string): string =>
  text.slice(0, MAX_SHOWN).replaceAll(/[^\x20-\x7e]/g, '?')
