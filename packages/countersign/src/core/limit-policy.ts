import { assertConfig } from './errors.ts'
import type { LimitPolicy } from './limits.ts'

/** Units and seconds above this would leave the range in which the counters are exact. */
const MAX_LIMIT = 1_000_000_000
const MAX_WINDOW_SECONDS = 366 * 86_400
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
    ['sliding-window', 'gcra'].includes(algorithm),
    'algorithm',
    'is "sliding-window" or "gcra"',
  )
  check(isWithin(limit, MAX_LIMIT), 'limit', `is an integer from 1 to ${MAX_LIMIT}`)
  check(
    isWithin(windowSeconds, MAX_WINDOW_SECONDS),
    'windowSeconds',
    `is an integer from 1 to ${MAX_WINDOW_SECONDS}`,
  )
  if (algorithm === 'gcra') {
    check(burst !== undefined && isWithin(burst, limit), 'burst', 'is an integer from 1 to limit')
  } else {
    check(burst === undefined, 'burst', 'belongs to "gcra" only')
  }
}

const isWithin = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= max
