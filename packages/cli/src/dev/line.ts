/** One line to paste, and what its output holds when everything works. */
export interface TryIt {
  /** What it shows: `api-key`, `jwt`, `revoke`, … */
  readonly method: string
  /** A complete line for `sh`. */
  readonly command: string
  /** A part of what it prints. */
  readonly expect: string
}

/** Makes a line. */
export const line = (method: string, command: string, expect: string): TryIt => ({
  method,
  command,
  expect,
})

/** The value of a JSON member with what every system has. */
export const member = (name: string): string => `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`
