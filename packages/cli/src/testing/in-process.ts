import { Readable } from 'node:stream'
import { runCli } from '../main.ts'
import type { Ended, RunOptions } from './spawn.ts'

/** Runs a command line in this process: what does not depend on being one is tested faster. */
export async function runHere(args: readonly string[], options: RunOptions): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
    },
  })
  const code = await runCli(args, {
    out: sink('stdout'),
    err: sink('stderr'),
    input: Readable.from([options.input ?? '']),
    environment: options.environment ?? {},
    folder: options.folder,
    signal: new AbortController().signal,
  })
  return { code, ...written }
}
