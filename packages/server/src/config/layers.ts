import { readFileSync } from 'node:fs'
import { didYouMean } from './nearest.ts'
import { OTHER_VARIABLES, SETTINGS, type Setting } from './settings.ts'

/** A configuration that nobody has validated yet. */
export type Layer = Readonly<Record<string, unknown>>

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a layer says, and what is wrong with it. */
export interface LayerResult {
  readonly layer: Layer
  readonly problems: readonly string[]
}

/** Kubernetes adds these by itself for a service that is called `countersign`. */
const SERVICE_LINK = /^COUNTERSIGN_(?:SERVICE|PORT)_/

/**
 * The value of a variable, or of the file that `<variable>_FILE` names (without its line end).
 * Both at once are an error: which one counts would be a guess.
 */
export function readVariable(
  environment: Environment,
  variable: string,
): { readonly value?: string; readonly problem?: string } {
  const direct = environment[variable]
  const file = environment[`${variable}_FILE`]
  if (file === undefined || file === '') return direct === undefined ? {} : { value: direct }
  if (direct !== undefined && direct !== '')
    return { problem: `${variable} and ${variable}_FILE are both set; keep one` }
  try {
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') }
  } catch {
    return { problem: `${variable}_FILE: cannot read ${file}` }
  }
}

/** Reads the `COUNTERSIGN_*` settings; names every variable that is none. */
export function environmentLayer(environment: Environment): LayerResult {
  const problems = unknownVariables(environment)
  let layer: Layer = {}
  for (const setting of SETTINGS) {
    const { value, problem } = readVariable(environment, setting.variable)
    if (problem !== undefined) problems.push(problem)
    if (value === undefined || value === '' || isServiceLink(setting, value)) continue
    layer = withPath(layer, setting.path, convert(setting, value))
  }
  return { layer, problems }
}

const isServiceLink = ({ path }: Setting, value: string): boolean =>
  path === 'port' && value.startsWith('tcp://')

function convert({ kind }: Setting, value: string): unknown {
  if (kind === 'list')
    return value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
  // What is no number stays text, and the schema says what is wrong with it.
  return kind === 'integer' && /^\d+$/.test(value) ? Number(value) : value
}

function unknownVariables(environment: Environment): string[] {
  const known = [...SETTINGS.map(({ variable }) => variable), ...OTHER_VARIABLES]
  return Object.keys(environment)
    .filter((name) => name.startsWith('COUNTERSIGN_') && !SERVICE_LINK.test(name))
    .filter((name) => !known.includes(name.replace(/_FILE$/, '')))
    .map((name) => `unknown variable ${name}${didYouMean(name, known)}`)
}

/** Sets the value at `a.b`, leaving the rest as it is. */
export function withPath(layer: Layer, path: string, value: unknown): Layer {
  const [head = '', ...rest] = path.split('.')
  if (rest.length === 0) return { ...layer, [head]: value }
  return { ...layer, [head]: withPath(asLayer(layer[head]), rest.join('.'), value) }
}

/** Lays `over` on `under`: objects merge, everything else replaces. */
export function mergeLayers(under: Layer, over: Layer): Layer {
  const merged: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    merged[key] = isLayer(value) ? mergeLayers(asLayer(merged[key]), value) : value
  }
  return merged
}

const isLayer = (value: unknown): value is Layer =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const asLayer = (value: unknown): Layer => (isLayer(value) ? value : {})
