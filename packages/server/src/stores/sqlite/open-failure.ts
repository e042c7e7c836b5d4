import { UnavailableError } from 'countersign'
import { StoreOpenError, type StoreOpenCode } from '../../model/errors.ts'
import { primaryCode, SQLITE } from './failure.ts'

const CORRUPT = 'is damaged; restore it from a backup, it was left as it is'
const NOT_WRITABLE = 'or its folder cannot be written; give it to this user'
const LOCKED = 'is locked by another process; try again when it is done'

/** What each result code means while a file is opened, as the end of a sentence. */
const MEANINGS: ReadonlyMap<number, readonly [StoreOpenCode, string]> = new Map([
  [SQLITE.CORRUPT, ['corrupt', CORRUPT]],
  [SQLITE.NOTADB, ['corrupt', CORRUPT]],
  [SQLITE.READONLY, ['not-writable', NOT_WRITABLE]],
  [SQLITE.CANTOPEN, ['not-writable', NOT_WRITABLE]],
  [SQLITE.BUSY, ['locked', LOCKED]],
])

/** Turns what went wrong while opening `file` into one sentence for the operator. */
export function asOpenError(error: unknown, file: string): unknown {
  if (error instanceof StoreOpenError) return error
  // The connection has already put a failed statement into the store's terms; its cause is SQLite's.
  const code = primaryCode(error instanceof UnavailableError ? error.cause : error)
  const meaning = code === undefined ? undefined : MEANINGS.get(code)
  if (meaning !== undefined) return new StoreOpenError(meaning[0], `${file} ${meaning[1]}`, error)
  return error
}
