import { existsSync } from 'node:fs'
import { createFirstKey, hasFirstKey } from '@countersign/server'
import {
  newSecretLine,
  readMasterSecrets,
  type Environment,
  type ResolvedConfig,
} from '@countersign/server/config'
import type { Secret } from 'countersign'
import { configuredStore } from '../connection/store.ts'
import { createPrivate, dataFolder, ensureFolder, writePrivate } from '../data-folder/folder.ts'
import { CliError } from '../exit.ts'

/** What `init` did and found. */
export interface Initialised {
  /** Files that were made now, in order. */
  readonly created: readonly string[]
  /** The management key, if one was made now; it cannot be shown again. */
  readonly key: Secret | undefined
}

/**
 * Makes what an installation stands on: the folder, the master secrets, the database, the default
 * tenant, the first management key. Whatever is there already stays as it is, and a run that was
 * cut short is completed by the next one.
 *
 * @param options - `newKey` makes another management key, for an operator who lost theirs.
 */
export async function initialise(
  config: ResolvedConfig,
  environment: Environment,
  options: { readonly newKey: boolean },
): Promise<Initialised> {
  const folder = dataFolder(config.data)
  ensureFolder(folder)
  const place = await configuredStore(config)
  const isNew = !(await place.exists())
  const created = makeSecrets(config, environment, { isNew, database: place.name })
  const secrets = readMasterSecrets(config.secrets, environment)
  const store = await place.open()
  try {
    if (isNew) created.push(place.name)
    const context = { store, secrets, clock: Date.now, brand: config.brand }
    if (!options.newKey && (await hasFirstKey(context))) return { created, key: undefined }
    const key = await createFirstKey(context)
    if (!key.ok) throw new CliError('failure', key.error.message)
    writePrivate(folder.adminKey, `${key.value.reveal()}\n`)
    return { created: [...created, folder.adminKey], key: key.value }
  } finally {
    await store.close()
  }
}

/**
 * Makes the pepper and the key-encryption key where they are files that do not exist. Beside a
 * database that exists this is refused: new ones would fit nothing that was stored.
 */
function makeSecrets(
  { secrets }: ResolvedConfig,
  environment: Environment,
  { isNew, database }: { readonly isNew: boolean; readonly database: string },
): string[] {
  const created: string[] = []
  for (const [name, reference] of Object.entries(secrets)) {
    const variable = `COUNTERSIGN_${name.toUpperCase()}`
    const fromElsewhere = [variable, `${variable}_FILE`].some((key) => environment[key])
    if (fromElsewhere || !reference.startsWith('file:')) continue
    const path = reference.slice('file:'.length)
    if (existsSync(path)) continue
    if (!isNew)
      throw new CliError(
        'failure',
        `${path} is missing, and ${database} was made with it: restore it from your backup`,
      )
    if (createPrivate(path, newSecretLine(1))) created.push(path)
  }
  return created
}
