import { readChunks } from '../core/chunks.ts'
import { BodyConsumedError } from '../core/errors.ts'
import type { BodyBytes, PeerCertificate, RequestView } from '../core/request.ts'
import type { Answer } from '../core/response.ts'
import { err, ok } from '../core/result.ts'

/** What a WHATWG `Request` does not tell about its connection, where the runtime does. */
export interface Connection {
  /** The peer's address from the socket. Never a header, unless the platform overwrites it. */
  readonly remoteAddress?: string | undefined
  /** How this hop was reached. @defaultValue the scheme of `request.url` */
  readonly scheme?: 'http' | 'https' | undefined
  /** The certificate of the TLS client, where the runtime or the platform tells. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** True: it came over a unix socket that this process listens on. */
  readonly unixSocket?: boolean | undefined
}

const NONE: readonly string[] = Object.freeze([])
/** One `name=value` of an `auth-param` list: what may follow a comma inside one credential. */
const PARAMETER = /^[\w!#$%&'*+\-.^`|~]+ *= *(?:"[^"]*"|[^\s"=][^\s"]*)$/

/** A view of a WHATWG `Request`. Its target is as the runtime parsed it: dot segments are resolved. */
export class FetchView implements RequestView {
  readonly #request: Request
  readonly #connection: Connection
  #body: Promise<BodyBytes> | undefined
  readonly authority: string
  readonly target: string

  constructor(request: Request, connection: Connection) {
    this.#request = request
    this.#connection = connection
    const { url } = request
    // Cut by hand: parsing the URL again would cost more than the rest of the view.
    const start = url.indexOf('//') + 2
    const slash = url.indexOf('/', start)
    this.authority = slash < 0 ? url.slice(start) : url.slice(start, slash)
    this.target = slash < 0 ? '/' : url.slice(slash)
  }

  get method(): string {
    return this.#request.method
  }

  get scheme(): 'http' | 'https' {
    const { scheme } = this.#connection
    return scheme ?? (this.#request.url.startsWith('https:') ? 'https' : 'http')
  }

  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#connection.peerCertificate
  }

  get unixSocket(): boolean | undefined {
    return this.#connection.unixSocket
  }

  /** A WHATWG `Request` does not have trailers. */
  trailer(): readonly string[] {
    return NONE
  }

  body(maxBytes: number): Promise<BodyBytes> {
    this.#body ??= readBody(this.#request, maxBytes)
    return this.#body
  }

  header(name: string): readonly string[] {
    const value = this.#request.headers.get(name)
    if (value === null) return NONE
    return name === 'authorization' ? splitAuthorization(value) : [value]
  }
}

/** Reads one branch of the body; the other stays with the request, for the handler. */
async function readBody(request: Request, maxBytes: number): Promise<BodyBytes> {
  if (request.bodyUsed) throw new BodyConsumedError('something that read the Request')
  const { body } = request.clone()
  try {
    if (body === null) return ok(new Uint8Array(0))
    // Typed by the DOM library without its async iterator.
    const bytes = await readChunks(body as AsyncIterable<Uint8Array>, maxBytes)
    return bytes === undefined ? err('request.body-too-large') : ok(bytes)
  } catch {
    return err('request.body-incomplete')
  }
}

/**
 * Undoes what `Headers` does to an `Authorization` header that came twice: it joins both with a
 * comma, and a check that looks at the first scheme would pass.
 *
 * A comma may also stand inside one credential, between the parameters of schemes such as
 * `AWS4-HMAC-SHA256` (RFC 9110 §11.4). Everything after a comma that is no `name=value` parameter,
 * or that follows a credential without parameters, is therefore read as another field; a guard then
 * refuses the request as one with two `Authorization` headers.
 *
 * Two parameter lists that were joined cannot be told from one; their scheme's own grammar, which
 * allows each name once, has to refuse them.
 */
export function splitAuthorization(joined: string): readonly string[] {
  if (!joined.includes(',')) return [joined]
  const parts = joined.split(',').map((part) => part.trim())
  const [first = '', ...rest] = parts
  const afterScheme = first.slice(first.indexOf(' ') + 1).trim()
  return [afterScheme, ...rest].every((part) => PARAMETER.test(part)) ? [joined] : parts
}

/** Makes a `Response` of an answer. */
export function toResponse({ status, headers, body }: Answer, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  if (body === '') return new Response(null, { status, headers: fields })
  // Bodies are ASCII, so characters are bytes.
  fields.set('content-length', String(body.length))
  return new Response(method === 'HEAD' ? null : body, { status, headers: fields })
}

/** Nobody reads it: the client left while its verdict was pending. */
export const clientGone = (): Response => new Response(null, { status: 499 })
