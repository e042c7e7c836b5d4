/** Something a check found. */
export interface Problem {
  readonly file: string
  /** 1-based; 0 when the file as a whole is meant. */
  readonly line: number
  readonly message: string
}

/** One line for a person and for an editor's problem matcher. */
export const formatProblem = ({ file, line, message }: Problem): string =>
  `${line > 0 ? `${file}:${line}` : file} ${message}`

/** Prints what a check found and sets the exit code. */
export function report(name: string, problems: readonly Problem[]): void {
  for (const problem of problems) console.error(formatProblem(problem))
  const verdict = problems.length === 0 ? 'ok' : `${problems.length} problems`
  console.log(`${name}: ${verdict}`)
  if (problems.length > 0) process.exitCode = 1
}
