import { assertConfig } from './errors.ts'
import type { LimitPolicy } from './limits.ts'

/** Units and seconds above this would leave the range in which the counters are exact. */
const MAX_LIMIT = 1_000_000_000
const MAX_WINDOW_SECONDS = 366 * 86_400
/** Units × milliseconds that every store can still count exactly: 2^53. */
const MAX_UNIT_SECONDS = 9_000_000_000_000
/** The UTC day and month. */
const CALENDAR_SECONDS: readonly number[] = [86_400, 2_592_000]
/** What a structured field may carry as a policy name (RFC 9651 §3.3.3), kept short. */
const NAME = /^[\x21-\x7e]{1,64}$/

/**
 * Throws a {@link ConfigError} for a policy that cannot be meant: no name, a limit or window that
 * is no positive integer, GCRA without an explicit burst. There are no hidden defaults: a burst
 * that nobody chose is how "100 per minute" admits 195.
 */
export function assertLimitPolicy(policy: LimitPolicy): void {
  const { name, algorithm, limit, windowSeconds, burst } = policy
  const check = (holds: boolean, option: string, fix: string): void => {
    assertConfig(holds, 'CS_CONFIG_LIMIT_INVALID', `limit "${name}": ${option} ${fix}`)
  }
  check(NAME.test(name), 'name', 'must be 1 to 64 visible ASCII characters')
  check(
    ['sliding-window', 'gcra', 'calendar'].includes(algorithm),
    'algorithm',
    'is "sliding-window", "gcra" or "calendar"',
  )
  check(isWithin(limit, MAX_LIMIT), 'limit', `is an integer from 1 to ${MAX_LIMIT}`)
  check(
    isWithin(windowSeconds, MAX_WINDOW_SECONDS),
    'windowSeconds',
    `is an integer from 1 to ${MAX_WINDOW_SECONDS}`,
  )
  if (algorithm === 'calendar') {
    const isPeriod = CALENDAR_SECONDS.includes(windowSeconds)
    check(isPeriod, 'windowSeconds', 'is 86400 (the UTC day) or 2592000 (the UTC month)')
  } else {
    const isExact = limit * windowSeconds <= MAX_UNIT_SECONDS
    check(isExact, 'limit', `times windowSeconds is at most ${MAX_UNIT_SECONDS}; use "calendar"`)
  }
  checkModes(policy, check)
  if (algorithm === 'gcra') {
    check(burst !== undefined && isWithin(burst, limit), 'burst', 'is an integer from 1 to limit')
  } else {
    check(burst === undefined, 'burst', 'belongs to "gcra" only')
  }
}

function checkModes(
  { consistency = 'strict', onStoreFailure = 'closed' }: LimitPolicy,
  check: (holds: boolean, option: string, fix: string) => void,
): void {
  const isConsistency = ['strict', 'local'].includes(consistency)
  check(isConsistency, 'consistency', 'is "strict" or "local"')
  const isFailure = ['closed', 'local', 'open'].includes(onStoreFailure)
  check(isFailure, 'onStoreFailure', 'is "closed", "local" or "open"')
}

const isWithin = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= max
