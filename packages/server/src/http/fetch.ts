import type { Answer } from 'countersign'
import type { Body, Connection, Exchange } from './exchange.ts'

const NONE: readonly string[] = Object.freeze([])

/** A WHATWG `Request` as an exchange. */
export class FetchExchange implements Exchange {
  readonly #request: Request
  readonly method: string
  readonly authority: string
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly remoteAddress: string | undefined

  constructor(request: Request, connection: Connection) {
    const { protocol, host, pathname, search } = new URL(request.url)
    this.#request = request
    this.method = request.method
    this.scheme = protocol === 'https:' ? 'https' : 'http'
    this.authority = host
    this.target = pathname + search
    this.remoteAddress = connection.remoteAddress
  }

  /** `Headers` has joined repeated fields; a repeated `Authorization` shows as a comma in it. */
  header(name: string): readonly string[] {
    const value = this.#request.headers.get(name)
    return value === null ? NONE : [value]
  }

  async body(maxBytes: number): Promise<Body> {
    const { body } = this.#request
    if (body === null) return { ok: true, text: '' }
    try {
      return await readStream(body, maxBytes)
    } catch {
      // The client left; nobody will read the answer.
      return { ok: false, error: 'aborted' }
    }
  }
}

async function readStream(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Body> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Typed by the DOM library without its async iterator.
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) return { ok: false, error: 'too-large' }
    chunks.push(chunk)
  }
  return decodeBody(chunks)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Joins the pieces of a body as strict UTF-8. */
export function decodeBody(chunks: readonly Uint8Array[]): Body {
  const [only] = chunks
  try {
    const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
    return { ok: true, text: utf8.decode(bytes) }
  } catch {
    return { ok: false, error: 'not-utf8' }
  }
}

/** An answer as a WHATWG `Response`; a HEAD request gets no body. */
export function toResponse({ status, headers, body }: Answer, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  const empty = method === 'HEAD' || status === 204 || status === 304
  return new Response(empty ? null : body, { status, headers: fields })
}
