import { realpathSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** How this program is called again from another terminal. */
export interface Invocation {
  /** `npx --prefix <project> countersign`, `countersign`, or the very paths that run it now. */
  readonly cli: string
  /** Flags that it needs there, each with a space before it. */
  readonly flags: string
}

/** What is known of the process that prints the lines. */
export interface ProcessFacts {
  readonly execPath: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Finds the shortest way to call this program that works from another terminal: through `npx` where
 * npm started it from a project, by name where the `PATH` leads to this very file, else by the paths
 * of the interpreter and the script. Project and data folder are named, because the other terminal
 * may be elsewhere: a bare `npx countersign` there would ask the registry for a stranger's package.
 */
export function invocationOf(
  { execPath, argv, env }: ProcessFacts,
  { folder, data }: { readonly folder: string; readonly data: string },
): Invocation {
  const script = resolve(argv[1] ?? 'countersign')
  const named = ` --data ${quote(data)}`
  // What npx fetched for one run is found by no later `npx countersign`.
  const byNpm = env['npm_command'] !== undefined && !script.includes('/_npx/')
  if (byNpm) {
    const project = env['npm_config_local_prefix'] ?? folder
    return { cli: `npx --prefix ${quote(project)} countersign`, flags: named }
  }
  const path = env['PATH'] ?? ''
  if (leadsTo(path, 'countersign', script) && leadsTo(path, 'node', execPath))
    return { cli: 'countersign', flags: named }
  return { cli: `${quote(execPath)} ${quote(script)}`, flags: named }
}

/** Reports whether the first `name` on a path is that file. */
function leadsTo(path: string, name: string, file: string): boolean {
  const found = path
    .split(delimiter)
    .map((folder) => real(join(folder, name)))
    .find((candidate) => candidate !== undefined)
  return found !== undefined && found === real(file)
}

function real(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}

/** Quotes a path for `sh` where it needs it. */
export const quote = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
