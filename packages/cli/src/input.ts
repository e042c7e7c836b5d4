import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { CliError, usage } from './exit.ts'

/** Where a command reads from. */
export interface Input extends AsyncIterable<unknown> {
  readonly isTTY?: boolean
}

/** What of a call reading needs. */
interface ReadFrom {
  readonly input: Input
  /** Where relative paths start. */
  readonly folder: string
  readonly signal: AbortSignal
}

/**
 * Reads a secret from a file, or from stdin when no file is named or the file is `-`. There is no
 * third way: an argument would stand in the process list and in the shell's history.
 *
 * @throws a usage error on a terminal, where it would only seem to hang.
 */
export async function readSecret(
  what: string,
  file: string | undefined,
  from: ReadFrom,
): Promise<string> {
  const value = await readText(what, file, from)
  const trimmed = value.replace(/\r?\n$/, '')
  if (trimmed === '') throw usage(`the ${what} is empty`)
  // Also what keeps a second line from becoming another header or another option further on.
  if (/\p{Cc}/u.test(trimmed)) throw usage(`the ${what} is more than one line of text`)
  return trimmed
}

/**
 * Reads a text of any number of lines from a file, or from stdin like {@link readSecret}.
 *
 * @throws a usage error on a terminal.
 */
export async function readText(
  what: string,
  file: string | undefined,
  { input, folder, signal }: ReadFrom,
): Promise<string> {
  return file === undefined || file === '-'
    ? fromStdin(what, input, signal)
    : fromFile(resolve(folder, file))
}

async function fromStdin(what: string, input: Input, signal: AbortSignal): Promise<string> {
  if (input.isTTY === true)
    throw usage(`pipe the ${what} into stdin, or name a file: it is never an argument`)
  const { promise: interrupted, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => {
    reject(new CliError('interrupted', 'interrupted'))
  })
  return Promise.race([text(input), interrupted])
}

function fromFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CliError('failure', `cannot read ${file}`)
  }
}
