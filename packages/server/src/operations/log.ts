import { pino, type DestinationStream, type Logger } from 'pino'

/** How the authority logs. */
export interface LogOptions {
  /** @defaultValue `info` */
  readonly level?: string
  /** @defaultValue standard output */
  readonly destination?: DestinationStream
}

/**
 * Makes a logger that cannot log a secret by accident: there is no request, response or header
 * serializer, and an error leaves its name, code, message and stack only. Errors of HTTP and
 * database libraries carry headers and parameters in their other members.
 */
export function makeLogger({ level = 'info', destination }: LogOptions = {}): Logger {
  const options = { level, base: null, serializers: SERIALIZERS }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** The same care for a logger that the application brings. */
export const carefulChild = (logger: Logger): Logger =>
  logger.child({}, { serializers: SERIALIZERS })

const SERIALIZERS = { err: describeError, error: describeError }

function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { type: name, message, stack, ...code }
}
