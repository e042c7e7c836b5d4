import { UnavailableError } from 'countersign'
import { ConflictError } from '../../model/errors.ts'

/** SQLSTATE codes that the store tells apart. */
const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'

/**
 * Classes of SQLSTATE that are the world's fault and may pass: connection exceptions, transaction
 * rollback, insufficient resources, object not in the state, operator intervention, system errors.
 */
const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57', '58'])

/** What the driver says without a SQLSTATE: no connection, or one that ended. */
const LOST = /connect|terminated|timeout|ended|socket|ECONN|ENOENT|EPIPE|EAI_AGAIN/i

/** The SQLSTATE of an error of PostgreSQL, or undefined. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
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
  const lost =
    state === undefined ? LOST.test(error.message) : TRANSIENT_CLASSES.has(state.slice(0, 2))
  return lost ? unavailable(error) : error
}

function unavailable(cause: Error): UnavailableError {
  const error = new UnavailableError('store', `PostgreSQL: ${cause.message}`)
  error.cause = cause
  return error
}
