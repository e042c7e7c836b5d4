/** What the process exits with; documented in docs/reference/cli.md. */
export const EXIT = {
  ok: 0,
  /** It did not work, and none of the others says why. */
  failure: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** What was named does not exist. */
  notFound: 3,
  /** A credential is missing, not accepted, or not allowed to do this. */
  refused: 4,
  /** The authority or its store cannot be reached, or asks to come back later. */
  unavailable: 5,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM, before the command was done. */
  terminated: 143,
} as const

/** Why a command failed; stable, and what `--json` prints as `error.code`. */
export type FailureCode = Exclude<keyof typeof EXIT, 'ok'>

/** An expected failure of a command: one sentence for a person, and an exit code for a script. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A mistake on the command line. */
export const usage = (message: string): CliError => new CliError('usage', message)
