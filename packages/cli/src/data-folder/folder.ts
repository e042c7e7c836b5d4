/**
 * The data folder: the database, the master secrets, the first management key, and credentials
 * that `curl --as` attaches. Everything in it is a secret or leads to one, so the folder is 0700
 * and every file 0600 from the moment it exists.
 */
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError } from '../exit.ts'

/** The files of a data folder. */
export interface DataFolder {
  readonly path: string
  readonly pepper: string
  readonly kek: string
  readonly adminKey: string
  readonly credentials: string
}

/** Names the files of a data folder; touches nothing. */
export const dataFolder = (path: string): DataFolder => ({
  path,
  pepper: join(path, 'pepper'),
  kek: join(path, 'kek'),
  adminKey: join(path, 'admin.key'),
  credentials: join(path, 'credentials.json'),
})

/** Creates the folder, or checks that the one that exists can be used and is nobody else's. */
export function ensureFolder({ path }: DataFolder): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new CliError('failure', `cannot write to the data folder ${path}: ${reason(error)}`)
  }
  checkPrivate(path)
}

/** Refuses a folder that others can read: the secrets in it are no longer only ours. */
export function checkPrivate(path: string): void {
  const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 }
  if ((mode & 0o077) !== 0)
    throw new CliError(
      'failure',
      `the data folder ${path} can be read by others; run: chmod 700 ${path}`,
    )
}

/**
 * Writes a file that only the owner can read, whole or not at all: a crash leaves the old one or
 * the new one.
 */
export function writePrivate(path: string, text: string): void {
  const temporary = join(dirname(path), `.${process.pid}.tmp`)
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true })
    renameSync(temporary, path)
  } catch (error) {
    throw new CliError('failure', `cannot write ${path}: ${reason(error)}`)
  }
}

/**
 * Writes a private file that must not exist yet; reports whether it did not. A link and not a
 * rename: of two processes that both saw no pepper, the second must take the first one's.
 */
export function createPrivate(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writePrivate(temporary, text)
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** The text of a private file without its line end, or undefined when there is none. */
export function readPrivate(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new CliError('failure', `cannot read ${path}: ${reason(error)}`)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

const reason = (error: unknown): string => REASONS[codeOf(error)] ?? codeOf(error)
