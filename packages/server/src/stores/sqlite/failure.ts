import { UnavailableError } from 'countersign'
import { ConflictError } from '../../model/errors.ts'

/** SQLite's primary result codes that the store tells apart. */
export const SQLITE = {
  BUSY: 5,
  READONLY: 8,
  CORRUPT: 11,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
} as const

/** SQLITE_NOMEM, IOERR, FULL, PROTOCOL, LOCKED: the world failed, and it may pass. */
const TRANSIENT = new Set<number>([SQLITE.BUSY, 6, 7, SQLITE.READONLY, 10, 13, SQLITE.CANTOPEN, 15])
const FATAL = new Set<number>([SQLITE.CORRUPT, SQLITE.NOTADB])

/** Extended codes: UNIQUE, PRIMARYKEY and ROWID; FOREIGNKEY. */
const UNIQUE = new Set([2067, 1555, 2579])
const FOREIGN_KEY = 787

/** The extended result code of an error of `node:sqlite`, or undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** The primary result code: the low byte. */
export function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error)
  return code === undefined ? undefined : code & 0xff
}

/** Reports whether another connection holds the lock that a statement needs. */
export const isBusy = (error: unknown): boolean => primaryCode(error) === SQLITE.BUSY

/**
 * Puts a failure of SQLite into the terms of the store contract: `ConflictError` for a constraint,
 * `UnavailableError` for a disk, lock or file that failed. A mistake in our SQL stays what it is.
 */
export function translate(error: unknown): unknown {
  const code = resultCode(error)
  if (error instanceof Error && isClosed(error)) {
    return new UnavailableError('store', 'the store is closed')
  }
  if (code === undefined || !(error instanceof Error)) return error
  if (UNIQUE.has(code)) return new ConflictError('unique', error.message)
  if (code === FOREIGN_KEY) return new ConflictError('reference', error.message)
  const primary = code & 0xff
  if (TRANSIENT.has(primary) || FATAL.has(primary)) {
    const unavailable = new UnavailableError('store', `SQLite: ${error.message}`)
    unavailable.cause = error
    return unavailable
  }
  return error
}

const isClosed = (error: Error): boolean =>
  'code' in error && error.code === 'ERR_INVALID_STATE' && error.message.includes('not open')
