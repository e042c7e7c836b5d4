import { UnavailableError } from 'countersign'
import { ConflictError } from '../../model/errors.ts'

/** SQLSTATE codes that the store tells apart. */
const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'

/**
 * Classes of SQLSTATE that are the world's fault and may pass: connection exceptions, a login or a
 * database that is not (yet, or any more) there, transaction rollback, insufficient resources, object
 * not in the state, operator intervention, system errors.
 */
const TRANSIENT_CLASSES: ReadonlySet<string> = new Set([
  '08',
  '28',
  '3D',
  '40',
  '53',
  '55',
  '57',
  '58',
])

/** A standby that answers while another server takes over; a transaction that idled too long. */
const TRANSIENT_STATES: ReadonlySet<string> = new Set(['25006', '25P03'])

/** What the driver says without a SQLSTATE: no connection, or one that ended. */
const LOST =
  /connect|terminated|timeout|ended|queryable|socket|certificate|SSL|ECONN|ENOENT|ENOTFOUND|EPIPE|EAI_AGAIN/i

/** The SQLSTATE of an error of PostgreSQL, or undefined. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  // Five characters, as some codes of Node have too: those begin with an E and have no digit.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/**
 * Reports whether the connection must not be used again: the server has ended it, or it is not known
 * what the server did.
 */
export function endsConnection(error: unknown): boolean {
  if (sqlState(error) === undefined) return true
  const severity = error instanceof Error && 'severity' in error ? error.severity : undefined
  return severity === 'FATAL' || severity === 'PANIC'
}

/** Reports whether a transaction that failed so can be run again as it is. */
export function isRetriable(error: unknown): boolean {
  const state = sqlState(error)
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED
}

/**
 * Puts a failure of PostgreSQL into the terms of the store contract: `ConflictError` for a
 * constraint, `UnavailableError` for a server, network or lock that failed. A mistake in our SQL
 * stays what it is.
 */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UnavailableError) return error
  const state = sqlState(error)
  if (state === UNIQUE_VIOLATION) return new ConflictError('unique', error.message)
  if (state === FOREIGN_KEY_VIOLATION) return new ConflictError('reference', error.message)
  return isTransient(error, state) ? unavailable(error) : error
}

const isTransient = (error: Error, state: string | undefined): boolean =>
  state === undefined
    ? LOST.test(error.message) || LOST.test(codeOf(error))
    : TRANSIENT_CLASSES.has(state.slice(0, 2)) || TRANSIENT_STATES.has(state)

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '')

function unavailable(cause: Error): UnavailableError {
  // Node leaves the message of several failed addresses empty.
  const error = new UnavailableError('store', `PostgreSQL: ${cause.message || codeOf(cause)}`)
  error.cause = cause
  return error
}
