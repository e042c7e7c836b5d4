import { isJson } from '../json.ts'
import { CliError } from '../exit.ts'
import { readPrivate, writePrivate, type DataFolder } from './folder.ts'

/** What can be stored. Signing credentials never travel: `hmac-key` signs with a secret, `private-key` with a JWK. */
export const STORED_METHODS = [
  'api-key',
  'client',
  'public-client',
  'basic',
  'hmac-key',
  'private-key',
] as const

/** A credential that `countersign curl --as <name>` attaches, or `countersign sign` signs with. */
export interface StoredCredential {
  readonly method: (typeof STORED_METHODS)[number]
  /** The only origin it is sent to. */
  readonly origin: string
  /** Public id of the key or the client, or the user name. */
  readonly id: string
  /** The key, the client's secret, the password, the HMAC secret, or a private JWK as JSON; empty for a public client. */
  readonly secret: string
}

/** Stored credentials by name. */
export type StoredCredentials = Readonly<Record<string, StoredCredential>>

/** The stored credentials of a data folder; none when there is no file. */
export function readCredentials({ credentials }: DataFolder): StoredCredentials {
  const text = readPrivate(credentials)
  if (text === undefined) return {}
  const content = parseJson(text)
  if (isJson(content) && Object.values(content).every(isStored))
    // Every member has just been checked.
    return content as StoredCredentials
  throw new CliError('failure', `${credentials} is damaged: move it away and store them again`)
}

/** Stores credentials under their names, keeping the others. */
export function saveCredentials(folder: DataFolder, added: StoredCredentials): void {
  const all = { ...readCredentials(folder), ...added }
  writePrivate(folder.credentials, `${JSON.stringify(all, null, 2)}\n`)
}

/** Forgets a credential; reports whether there was one. */
export function removeCredential(folder: DataFolder, name: string): boolean {
  const { [name]: removed, ...rest } = readCredentials(folder)
  if (removed === undefined) return false
  writePrivate(folder.credentials, `${JSON.stringify(rest, null, 2)}\n`)
  return true
}

function isStored(value: unknown): boolean {
  return (
    isJson(value) &&
    STORED_METHODS.some((method) => method === value['method']) &&
    ['origin', 'id', 'secret'].every((member) => typeof value[member] === 'string')
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
