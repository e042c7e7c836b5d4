import { err, ok, type BodyBytes, type PeerCertificate } from 'countersign'
import type { WireAnswer } from './answers.ts'
import type { Connection, Exchange } from './exchange.ts'

const NONE: readonly string[] = Object.freeze([])

/** A WHATWG `Request` as an exchange. */
export class FetchExchange implements Exchange {
  readonly #request: Request
  readonly method: string
  readonly authority: string
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly remoteAddress: string | undefined
  readonly peerCertificate: PeerCertificate | undefined

  constructor(request: Request, connection: Connection) {
    const { protocol, host, pathname, search } = new URL(request.url)
    this.#request = request
    this.method = request.method
    this.scheme = protocol === 'https:' ? 'https' : 'http'
    this.authority = host
    this.target = pathname + search
    this.remoteAddress = connection.remoteAddress
    this.peerCertificate = connection.peerCertificate
  }

  /** `Headers` has joined repeated fields; a repeated `Authorization` shows as a comma in it. */
  header(name: string): readonly string[] {
    const value = this.#request.headers.get(name)
    return value === null ? NONE : [value]
  }

  /** A WHATWG `Request` does not have trailers. */
  trailer(): readonly string[] {
    return NONE
  }

  async body(maxBytes: number): Promise<BodyBytes> {
    const { body } = this.#request
    try {
      return await readStream(body, maxBytes)
    } catch {
      // The client left; nobody will read the answer.
      return err('request.body-incomplete')
    }
  }
}

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<BodyBytes> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Typed by the DOM library without its async iterator.
  for await (const chunk of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) return err('request.body-too-large')
    chunks.push(chunk)
  }
  return ok(join(chunks))
}

/** The pieces of a body as one. */
export function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

/** An answer as a WHATWG `Response`; a HEAD request gets no body. */
export function toResponse({ status, headers, body }: WireAnswer, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  const empty = method === 'HEAD' || status === 204 || status === 304
  return new Response(empty ? null : body, { status, headers: fields })
}
