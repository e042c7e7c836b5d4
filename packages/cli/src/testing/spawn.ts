import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The launcher, as npm links it. */
export const BIN: string = fileURLToPath(new URL('../../bin/countersign.js', import.meta.url))

/** How a finished process ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Where and how a process runs. */
export interface RunOptions {
  readonly folder: string
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A folder for one test, removed by `dispose`. */
export function temporaryFolder(): { readonly path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  return {
    path,
    dispose: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Starts `countersign` and leaves it running. */
export const start = (
  args: readonly string[],
  options: RunOptions,
): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [BIN, ...args], {
    cwd: options.folder,
    env: cleanEnvironment(options.environment),
  })

/** Runs `countersign` to its end. */
export const run = (args: readonly string[], options: RunOptions): Promise<Ended> =>
  finish(start(args, options), options.input)

/** Runs a line in `sh`, as somebody who pasted it. */
export const shell = (line: string, options: RunOptions): Promise<Ended> =>
  finish(
    spawn('sh', ['-c', line], {
      cwd: options.folder,
      env: cleanEnvironment(options.environment),
    }),
    options.input,
  )

async function finish(child: ChildProcessWithoutNullStreams, input = ''): Promise<Ended> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  // A process that does not read its input closes the pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

/** The developer's own settings must not reach a test. */
function cleanEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:COUNTERSIGN_|NO_COLOR|FORCE_COLOR|NODE_|npm_)/.test(name),
  )
  return { ...Object.fromEntries(inherited), ...added }
}
