import type { IncomingMessage, ServerResponse } from 'node:http'
import { err, ok, type BodyBytes, type PeerCertificate } from 'countersign'
import { peerCertificateOf } from 'countersign/node'
import type { WireAnswer } from './answers.ts'
import type { Exchange } from './exchange.ts'
import { join } from './fetch.ts'

const NONE: readonly string[] = Object.freeze([])

/** A `node:http` request as an exchange, without copying it. */
export class NodeExchange implements Exchange {
  readonly #message: IncomingMessage
  readonly method: string
  readonly target: string
  readonly remoteAddress: string | undefined

  constructor(message: IncomingMessage) {
    this.#message = message
    this.method = message.method ?? ''
    this.target = message.url ?? '/'
    // Read now: a closed socket has forgotten its peer by the time somebody asks.
    this.remoteAddress = message.socket.remoteAddress
  }

  get scheme(): 'http' | 'https' {
    return 'encrypted' in this.#message.socket ? 'https' : 'http'
  }

  get peerCertificate(): PeerCertificate | undefined {
    return peerCertificateOf(this.#message.socket)
  }

  get authority(): string {
    return this.header('host')[0] ?? ''
  }

  /** Scans the raw fields: Node keeps only the first of two `Authorization` headers elsewhere. */
  header(name: string): readonly string[] {
    const { rawHeaders } = this.#message
    let values: string[] | undefined
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const field = rawHeaders[index]
      if (field?.length !== name.length || field.toLowerCase() !== name) continue
      values ??= []
      values.push(rawHeaders[index + 1] ?? '')
    }
    return values ?? NONE
  }

  /** Nothing that the authority reads travels in trailers. */
  trailer(): readonly string[] {
    return NONE
  }

  body(maxBytes: number): Promise<BodyBytes> {
    const message = this.#message
    return new Promise((resolve) => {
      const chunks: Buffer[] = []
      let size = 0
      message.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxBytes) chunks.push(chunk)
        // The rest is read away unseen; the server's request timeout bounds how long.
        else resolve(err('request.body-too-large'))
      })
      message.on('end', () => {
        resolve(ok(join(chunks)))
      })
      // The client left; nobody will read the answer.
      message.on('error', () => {
        resolve(err('request.body-incomplete'))
      })
    })
  }
}

/** Writes an answer in one piece. */
export function writeAnswer(response: ServerResponse, answer: WireAnswer, method: string): void {
  const { status, headers, body } = answer
  const bodiless = status === 204 || status === 304
  const fields: string[] = []
  for (const [name, value] of headers) fields.push(name, value)
  if (!bodiless) fields.push('content-length', String(Buffer.byteLength(body)))
  response.writeHead(status, fields)
  response.end(method === 'HEAD' || bodiless ? undefined : body)
}
