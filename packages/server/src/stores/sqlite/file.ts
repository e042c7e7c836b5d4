import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StoreOpenError } from '../../model/errors.ts'

/** `application_id` in the file header, "CSGN": how a file of ours is told from any other. */
export const APPLICATION_ID = 0x4353474e

const MAGIC = 'SQLite format 3\u0000'
/** Offsets and sizes in bytes: https://www.sqlite.org/fileformat.html#the_database_header */
const HEADER_BYTES = 100
const APPLICATION_ID_AT = 68

/**
 * Makes sure that `path` names a database of ours or a new, empty file, and answers the absolute
 * path. Only reads what exists; a new file gets mode 0600, a new folder 0700, because the file holds
 * digests and sealed keys.
 *
 * @throws {@link StoreOpenError} with one sentence for the operator.
 */
export function prepareFile(path: string): string {
  const file = resolve(path)
  const known = stat(file)
  if (known === undefined) create(file)
  else if (!known.isFile()) {
    throw new StoreOpenError('not-a-database', `${file} is not a file; give the path of a database`)
  } else {
    checkAccess(file)
    if (known.size > 0) checkHeader(file)
  }
  return file
}

function stat(file: string): ReturnType<typeof statSync> {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw new StoreOpenError('not-writable', `${file} cannot be reached (${codeOf(error)})`, error)
  }
}

function create(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // `a`, not `wx`: another process may create it at the same moment, and that is fine.
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    throw new StoreOpenError(
      'not-writable',
      `${file} cannot be created (${codeOf(error)}); give a folder that this user may write`,
      error,
    )
  }
}

/** SQLite would fall back to reading, and the first write would find out. */
function checkAccess(file: string): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw new StoreOpenError(
      'not-writable',
      `${file} or its folder cannot be written (${codeOf(error)}); give it to this user`,
      error,
    )
  }
}

function checkHeader(file: string): void {
  const header = readHeader(file)
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new StoreOpenError('not-a-database', `${file} is not a database, and was left as it is`)
  }
  if (header.readUInt32BE(APPLICATION_ID_AT) !== APPLICATION_ID) {
    throw new StoreOpenError(
      'foreign-database',
      `${file} is a database of another program, and was left as it is`,
    )
  }
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  try {
    const descriptor = openSync(file, 'r')
    try {
      readSync(descriptor, header, 0, HEADER_BYTES, 0)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new StoreOpenError('not-writable', `${file} cannot be read (${codeOf(error)})`, error)
  }
  return header
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error'
