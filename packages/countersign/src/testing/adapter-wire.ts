/**
 * A client that sends bytes. HTTP libraries refuse to send what attackers send: the same header
 * twice, white space in odd places, bytes that are no ASCII.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  /** Names in lower case, in order, repeats kept. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Everything, for searches that must find nothing. */
  readonly raw: string
}

/** A request in parts; `Host` and `Content-Length` are added. */
export interface WireRequest {
  readonly method?: string
  readonly target?: string
  /** What `Host` says. @defaultValue `api.example.test` */
  readonly authority?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** A text stands for its UTF-8 bytes. */
  readonly body?: Uint8Array | string
}

/** The bytes of a request. Header values are UTF-8, as a careless client would write them. */
export function wireBytes(request: WireRequest): Uint8Array {
  const { method = 'GET', target = '/orders', authority = 'api.example.test' } = request
  const { headers = [], body } = request
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const length: [string, string][] =
    bytes === undefined ? [] : [['content-length', String(bytes.length)]]
  const fields: [string, string][] = [['host', authority], ...length]
  const lines = [...fields, ...headers].map(([name, value]) => `${name}: ${value}\r\n`)
  const head = new TextEncoder().encode(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
  return bytes === undefined ? head : Buffer.concat([head, bytes])
}

/** The values of a field. */
export const fieldValues = ({ fields }: WireAnswer, name: string): readonly string[] =>
  fields.filter(([field]) => field === name).map(([, value]) => value)

/** One connection. Answers are read one at a time, so that a keep-alive connection can be watched. */
export class Wire {
  readonly #socket: Socket
  #buffer = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    // latin1: one character is one byte, so lengths are right whatever comes.
    socket.setEncoding('latin1')
    // A server may close on an attack before everything is sent; the answer is what counts.
    socket.on('error', () => {})
  }

  /** Connects to a unix socket. */
  static async openPath(path: string): Promise<Wire> {
    const socket = connect(path)
    await once(socket, 'connect')
    return new Wire(socket)
  }

  /** Connects to loopback; over TLS if there are options for it. */
  static async open(port: number, tls?: ConnectionOptions): Promise<Wire> {
    const host = '127.0.0.1'
    const secure = tls !== undefined
    const socket = secure ? connectTls({ ...tls, port, host }) : connect(port, host)
    await once(socket, secure ? 'secureConnect' : 'connect')
    return new Wire(socket)
  }

  /** Sends bytes, or a text as UTF-8. */
  send(text: Uint8Array | string): void {
    this.#socket.write(text)
  }

  /** Hangs up at once, as a client that lost patience does. */
  abort(): void {
    this.#socket.destroy()
  }

  /** The next answer, or undefined when the server closed the connection instead. */
  async read({ head = false } = {}): Promise<WireAnswer | undefined> {
    for (;;) {
      const parsed = parseAnswer(this.#buffer, head)
      if (parsed !== undefined) {
        this.#buffer = this.#buffer.slice(parsed.raw.length)
        // An interim answer (100) is not the one that is waited for.
        if (parsed.status >= 200) return parsed
      } else if (!(await this.#more())) return undefined
    }
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const chunk: unknown = this.#socket.read()
      if (typeof chunk === 'string') {
        this.#buffer += chunk
        return true
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) return false
      await Promise.race(['readable', 'end', 'close'].map((event) => once(this.#socket, event)))
    }
  }
}

function parseAnswer(text: string, head: boolean): WireAnswer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const status = Number(start.split(' ')[1])
  const rest = text.slice(end + 4)
  const bodyless = head || status === 204 || status === 304 || status < 200
  const body = bodyless ? { text: '', length: 0 } : parseBody(rest, new Map(fields))
  if (body === undefined) return undefined
  return { status, fields, body: body.text, raw: text.slice(0, end + 4 + body.length) }
}

interface Body {
  readonly text: string
  /** Bytes on the wire, framing included. */
  readonly length: number
}

function parseBody(rest: string, fields: ReadonlyMap<string, string>): Body | undefined {
  if (fields.get('transfer-encoding') === 'chunked') return parseChunks(rest)
  const length = Number(fields.get('content-length') ?? 0)
  return rest.length < length ? undefined : { text: rest.slice(0, length), length }
}

function parseChunks(rest: string): Body | undefined {
  let text = ''
  let at = 0
  for (;;) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(rest.slice(at, line), 16)
    const next = line + 2 + size + 2
    if (rest.length < next) return undefined
    if (size === 0) return { text, length: next }
    text += rest.slice(line + 2, line + 2 + size)
    at = next
  }
}
