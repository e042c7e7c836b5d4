/** Rows that many reasons share. */
import type { Reason } from './row.ts'

/** The request cannot be read: 400. */
export const malformed = (rule: string, advice: string): Reason => ({
  status: 400,
  wire: 'request-malformed',
  error: 'invalid_request',
  rule,
  advice,
})
/** The proof is not good: 401, and one answer for all of them. */
export const invalid = (rule: string, advice: string): Reason => ({
  status: 401,
  wire: 'credential-invalid',
  error: 'invalid_token',
  rule,
  advice,
})
/** The proof was good once: 401. */
export const expired = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'credential-expired',
})
/** The caller is known and may not: 403. */
export const forbidden = (rule: string, advice: string): Reason => ({
  status: 403,
  wire: 'permission-denied',
  rule,
  advice,
})
/** Too often: 429. */
export const limited = (rule: string, advice: string): Reason => ({
  status: 429,
  wire: 'rate-limited',
  rule,
  advice,
})

/** The signed time is outside of the window: 401, with the time of the server (SR-109). */
export const skewed = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'clock-skew',
})
/** The proof is good, and was used before: 401 (SR-106). */
export const replayed = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'request-replayed',
})
/** The proof is good, and the body that came with it is another one: 401 (SR-101). */
export const changed = (rule: string, advice: string): Reason => ({
  ...invalid(rule, advice),
  wire: 'body-mismatch',
})
