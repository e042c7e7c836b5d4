import { createClient } from '@redis/client'
import { UnavailableError } from 'countersign'

/** Where a server is, and how long it may take. */
export interface ConnectionOptions {
  /** `redis://`, `rediss://` (TLS), or `unix:///path/to/socket`. */
  readonly url: string
  /** Waiting for an answer. @defaultValue 250 */
  readonly commandTimeoutMs?: number
  /** Waiting for a connection. @defaultValue 2000 */
  readonly connectTimeoutMs?: number
}

/** One connection. Whatever goes wrong is an `UnavailableError`, but for a script that is not known. */
export interface RedisConnection {
  send(...command: readonly string[]): Promise<unknown>
  /** Commands that the same server runs with nothing in between. */
  together(...commands: readonly (readonly string[])[]): Promise<readonly unknown[]>
  close(): Promise<void>
}

/** The server does not know the script of a digest: `NOSCRIPT`. */
export class UnknownScriptError extends Error {
  override readonly name = 'UnknownScriptError'
}

/** Answers that came too late in a row, until the server is left alone for a while. */
const MAX_TIMEOUTS = 3
const REST_MS = 1000
const MAX_WAITING = 10_000
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 3000

/** Connects. @throws `UnavailableError` when the server cannot be reached. */
export async function connect(options: ConnectionOptions): Promise<RedisConnection> {
  let isConnected = false
  const { socket, ...where } = placeOf(options.url)
  const client = createClient({
    ...where,
    RESP: 2,
    socket: {
      ...socket,
      connectTimeout: options.connectTimeoutMs ?? 2000,
      // Apart from the other nodes, which lost it at the same time.
      reconnectStrategy: (retries: number, cause: Error) =>
        isConnected ? retryMs(retries) : cause,
    },
    disableClientInfo: true,
    // Nothing waits for a server to come back: each control does what it declared.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
  })
  // It reconnects by itself; commands say that it is away.
  client.on('error', () => {})
  const deadline = new Deadline(options.commandTimeoutMs ?? 250)
  try {
    await client.connect()
    isConnected = true
  } catch (error) {
    client.destroy()
    throw unavailable(error)
  }
  return {
    send: (...command) => deadline.hold(() => client.sendCommand([...command])),
    together: (...commands) =>
      deadline.hold(() => {
        const batch = client.multi()
        for (const command of commands) batch.addCommand([...command])
        return batch.exec()
      }),
    close: async () => {
      if (client.isOpen) client.destroy()
    },
  }
}

/** Bounds every wait, and gives a server that does not answer a rest instead of more to do. */
class Deadline {
  readonly #timeoutMs: number
  #timeouts = 0
  #restsUntil = 0

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  async hold<T>(command: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#restsUntil) throw unavailable(new Error('it does not answer'))
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      this.#count()
      late.reject(new Error(`no answer within ${this.#timeoutMs} ms`))
    }, this.#timeoutMs)
    try {
      const answer = await Promise.race([command(), late.promise])
      this.#timeouts = 0
      return answer
    } catch (error) {
      throw unavailable(error)
    } finally {
      clearTimeout(timer)
    }
  }

  #count(): void {
    this.#timeouts += 1
    if (this.#timeouts >= MAX_TIMEOUTS) this.#restsUntil = performance.now() + REST_MS
  }
}

const retryMs = (retries: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 10), LAST_RETRY_MS) * (0.5 + Math.random())

function placeOf(url: string): {
  readonly url?: string
  readonly socket?: { path: string; tls: false }
} {
  return url.startsWith('unix:')
    ? { socket: { path: decodeURIComponent(new URL(url).pathname), tls: false } }
    : { url }
}

/** What the server says is about itself and our scripts, never about a caller. */
function unavailable(error: unknown): Error {
  if (error instanceof UnavailableError || error instanceof UnknownScriptError) return error
  const message = error instanceof Error ? error.message : 'failed'
  if (message.startsWith('NOSCRIPT')) return new UnknownScriptError(message)
  const failure = new UnavailableError('redis', `Redis: ${message}`)
  failure.cause = error
  return failure
}
