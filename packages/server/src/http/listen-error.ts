/** The server cannot listen: one sentence for the operator, with the address and the way out. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  /** The system's code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Says what a failed `listen` means. */
export function explainListen(error: unknown, host: string, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return error
  const sentence = SENTENCES[error.code]
  if (sentence === undefined) return error
  return new ListenError(error.code, `${host}:${port} ${sentence}`, error)
}

const SENTENCES: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: 'is in use by another process; stop it, or choose another port.',
  EACCES: 'may not be used without more rights; choose a port above 1023.',
  EADDRNOTAVAIL: 'is no address of this machine; choose another host.',
  ENOTFOUND: 'is no host name that resolves; choose another host.',
}
