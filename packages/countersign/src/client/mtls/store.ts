import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UnavailableError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { KeyAndCertificate } from './certificate.ts'

/** What a store holds: the material alone, since the rest is read from it. */
export type StoredCertificate = Pick<KeyAndCertificate, 'cert' | 'key' | 'ca'>

/** Keeps a key and its certificate over a restart. Whoever reads it is whoever the certificate names. */
export interface CertificateStore {
  /** What was saved last, or undefined. It is checked by whoever loads it. */
  load(): Promise<StoredCertificate | undefined>
  /** Replaces all of it, or nothing. */
  save(certificate: StoredCertificate): Promise<void>
}

/**
 * Keeps them in one file that nobody else may read. It is replaced by renaming, once its successor is
 * on the disk: a process that is killed at any moment leaves the one or the other.
 *
 * @param path - Its folder exists.
 */
export const fileStore = (path: string): CertificateStore => ({
  load: async () => {
    const found = await stat(path).catch(absent)
    if (found === undefined) return undefined
    if ((found.mode & 0o077) !== 0) {
      throw new UnavailableError(
        'certificate',
        'the file store can be read by others; make it 0600',
      )
    }
    return parse(await readFile(path, 'utf8'))
  },
  save: async ({ cert, key, ca }) => {
    const text = JSON.stringify({ cert, key: key.reveal(), ca })
    await replace(path, text)
  },
})

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** A file that is none of ours counts as none: the worst that follows is a new certificate. */
function parse(text: string): StoredCertificate | undefined {
  try {
    const { cert, key, ca } = Object(JSON.parse(text)) as Record<string, unknown> // read as unknown
    if (typeof cert !== 'string' || typeof key !== 'string' || typeof ca !== 'string') {
      return undefined
    }
    return { cert, key: new Secret(key), ca }
  } catch {
    return undefined
  }
}

async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.${randomUUID()}.tmp`
  try {
    await writeThrough(next, text)
    await rename(next, path)
    // The name is on the disk once its folder is.
    const folder = await open(dirname(path), 'r')
    await sync(folder)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  await file.writeFile(text).then(
    () => sync(file),
    async (error: unknown) => {
      await file.close()
      throw error
    },
  )
}

async function sync(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
