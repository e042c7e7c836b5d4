import process from 'node:process'
import { ConfigError, UnavailableError } from 'countersign'
import type { Host } from './command.ts'
import { CliError, EXIT, type FailureCode } from './exit.ts'
import { Terminal } from './output/terminal.ts'
import { buildProgram, parserProblem } from './program.ts'

/** Runs the command line of this process and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const interruption = watchSignals()
  // The reader of a pipe may leave early (`| head`); that is its right, and no failure of ours.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
    process.exit(code === 'EPIPE' ? EXIT.ok : EXIT.failure),
  )
  const exit = await runCli(argv, {
    out: process.stdout,
    err: process.stderr,
    input: process.stdin,
    environment: process.env,
    folder: process.cwd(),
    signal: interruption.signal,
  })
  process.exitCode = exit
  // Everything is closed; only a read that nobody waits for may still hold the process.
  if (interruption.signal.aborted) process.exit(interruption.exitOf(exit))
}

/**
 * Runs one command line and answers its exit code; it never throws and never exits.
 *
 * @param argv - Without the interpreter and the script.
 */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  try {
    const program = buildProgram(host)
    if (argv.length === 0) {
      program.outputHelp()
      return EXIT.ok
    }
    await program.parseAsync(argv, { from: 'user' })
    return EXIT.ok
  } catch (error) {
    return report(error, argv, host)
  }
}

function report(error: unknown, argv: readonly string[], host: Host): number {
  if (host.signal.aborted) return EXIT.interrupted
  const parsing = parserProblem(error)
  if (parsing?.exit === 0) return EXIT.ok
  const ended = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const terminal = new Terminal({ ...host, json: ended.includes('--json') })
  const { code, message } =
    parsing === undefined ? classify(error) : { code: 'usage' as const, message: parsing.message }
  terminal.failure(code, message)
  return EXIT[code]
}

/** Expected failures have a sentence; what is left is a bug, and says where it happened. */
function classify(error: unknown): { readonly code: FailureCode; readonly message: string } {
  if (error instanceof CliError) return { code: error.code, message: error.message }
  if (error instanceof ConfigError) return { code: 'usage', message: error.message }
  if (error instanceof UnavailableError) return { code: 'unavailable', message: error.message }
  // By name: importing the class would load the database for every command.
  if (error instanceof Error && error.name === 'StoreOpenError') {
    const locked = 'code' in error && error.code === 'locked'
    return { code: locked ? 'unavailable' : 'failure', message: error.message }
  }
  if (error instanceof Error && error.name === 'ListenError')
    return { code: 'failure', message: error.message }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'failure', message: `unexpected: ${trace}` }
}

/** The first signal asks commands to finish, the second one ends the process. */
function watchSignals(): { readonly signal: AbortSignal; exitOf(exit: number): number } {
  const controller = new AbortController()
  let received: 'SIGINT' | 'SIGTERM' = 'SIGINT'
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted)
      received = name
      controller.abort()
    })
  }
  return {
    signal: controller.signal,
    exitOf: (exit) => {
      if (received === 'SIGINT') return EXIT.interrupted
      // A drained SIGTERM is a success: it is how a supervisor asks for an orderly end.
      return exit === EXIT.ok ? EXIT.ok : EXIT.terminated
    },
  }
}
