import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError, Secret } from 'countersign'
import type { MasterSecrets } from '../context.ts'
import { readVariable, type Environment } from './layers.ts'

/** A master secret in its versions: the newest works, older ones still open and compare. */
export type SecretVersions = ReadonlyMap<number, Secret>

const LINE = /^(?<version>[1-9]\d{0,8}):(?<secret>[A-Za-z0-9_-]{43})$/

/**
 * Reads the pepper and the key-encryption key. `COUNTERSIGN_PEPPER` and `COUNTERSIGN_KEK` (each
 * also `_FILE`) win over the references of the configuration.
 *
 * @throws `ConfigError` that names the source and never what it holds.
 */
export function readMasterSecrets(
  references: { readonly pepper: string; readonly kek: string },
  environment: Environment,
): MasterSecrets {
  return {
    peppers: readOne('COUNTERSIGN_PEPPER', references.pepper, environment),
    keks: readOne('COUNTERSIGN_KEK', references.kek, environment),
  }
}

function readOne(variable: string, reference: string, environment: Environment): SecretVersions {
  const { value, problem } = readVariable(environment, variable)
  if (problem !== undefined) throw new ConfigError('CS_CONFIG_SECRET', problem)
  return value === undefined
    ? parseSecretVersions(dereference(reference, environment), reference)
    : parseSecretVersions(value, variable)
}

function dereference(reference: string, environment: Environment): string {
  const [scheme] = reference.split(':', 1)
  const name = reference.slice(reference.indexOf(':') + 1)
  if (scheme === 'env') {
    const value = environment[name]
    if (value !== undefined) return value
    throw new ConfigError('CS_CONFIG_SECRET', `${reference}: the variable is not set`)
  }
  try {
    return readFileSync(name, 'utf8')
  } catch {
    throw new ConfigError(
      'CS_CONFIG_SECRET',
      `${reference}: cannot read the file; run \`countersign init\`, or mount the secret`,
    )
  }
}

/**
 * Parses `<version>:<base64url of 32 bytes>`, one a line, blank lines and `#` lines apart.
 *
 * @throws `ConfigError` that names the line's number, never its text.
 */
export function parseSecretVersions(text: string, source: string): SecretVersions {
  const versions = new Map<number, Secret>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const { version, secret } = LINE.exec(line.trim())?.groups ?? {}
    const problem =
      version === undefined || secret === undefined
        ? 'is not <version>:<43 characters of base64url>'
        : versions.has(Number(version))
          ? 'repeats a version'
          : undefined
    if (problem !== undefined || version === undefined || secret === undefined)
      throw new ConfigError('CS_CONFIG_SECRET', `${source}: line ${index + 1} ${problem}`)
    versions.set(Number(version), new Secret(secret))
  }
  if (versions.size === 0) throw new ConfigError('CS_CONFIG_SECRET', `${source}: holds no secret`)
  return versions
}

/** A fresh version of a master secret as a line of its file: 32 random bytes. */
export function newSecretLine(version: number): string {
  return `${version}:${randomBytes(32).toString('base64url')}\n`
}
