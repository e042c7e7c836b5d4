import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from 'countersign'
import {
  resolveConfig,
  type Environment,
  type Layer,
  type ResolvedConfig,
} from '@countersign/server/config'
import { parse as parseYaml } from 'yaml'
import type { Call } from '../command.ts'

/** Names that are looked for, in this order, when none is given. */
const FILE_NAMES = [
  'countersign.config.ts',
  'countersign.config.js',
  'countersign.config.mjs',
  'countersign.yaml',
  'countersign.yml',
  'countersign.json',
] as const

/** A configuration with what it was made of. */
export interface LoadedConfig {
  readonly config: ResolvedConfig
  /** Undefined when there is none. */
  readonly file: string | undefined
}

/** Loads the configuration of a call: its flags, the environment, the file, the defaults. */
export async function loadConfig(call: Call, flags: Layer = {}): Promise<LoadedConfig> {
  const { environment, folder } = call
  const file = findFile(call.flags.text('config'), environment, folder)
  const data = call.flags.text('data')
  const config = resolveConfig({
    flags: data === undefined ? flags : { ...flags, data: resolve(folder, data) },
    environment,
    ...(file === undefined ? {} : { file: await readConfigFile(file), fileName: file }),
    folder: file === undefined ? folder : dirname(file),
  })
  return { config, file }
}

function findFile(
  flag: string | undefined,
  environment: Environment,
  folder: string,
): string | undefined {
  const named = flag ?? environment['COUNTERSIGN_CONFIG']
  if (named === undefined || named === '')
    return FILE_NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path))
  const path = resolve(folder, named)
  if (existsSync(path)) return path
  throw new ConfigError('CS_CONFIG_FILE', `${path}: there is no such file`)
}

async function readConfigFile(path: string): Promise<Layer> {
  const content = await readContent(path)
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return Object.fromEntries(Object.entries(content))
  throw new ConfigError('CS_CONFIG_FILE', `${path}: holds no object`)
}

async function readContent(path: string): Promise<unknown> {
  try {
    switch (extname(path)) {
      case '.json':
        return JSON.parse(readFileSync(path, 'utf8'))
      case '.yaml':
      case '.yml':
        // No value at all is a file that is still empty.
        return parseYaml(readFileSync(path, 'utf8')) ?? {}
      default:
        return await importDefault(path)
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : 'cannot be read'
    throw new ConfigError('CS_CONFIG_FILE', `${path}: ${why}`)
  }
}

async function importDefault(path: string): Promise<unknown> {
  const module: unknown = await import(pathToFileURL(path).href)
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default
  throw new ConfigError('CS_CONFIG_FILE', `${path}: has no default export`)
}
