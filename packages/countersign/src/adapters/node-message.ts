import type { BodyBytes, PeerCertificate, RequestView } from '../core/request.ts'
import { readNodeBody, type NodeBody } from './node-body.ts'
import { isUnixSocket, peerCertificateOf, type NodeSocket } from './node-peer.ts'

/** What is read of a `node:http` request, or of one from `node:http2`'s compatibility API. */
export interface NodeRequest extends NodeBody {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: readonly string[]
  /** Filled once the body was read. */
  readonly rawTrailers?: readonly string[]
  readonly socket: NodeSocket
}

/** What is used of a `node:http` response. */
export interface NodeResponse {
  statusCode: number
  readonly destroyed?: boolean
  readonly socket?: { readonly destroyed?: boolean } | null
  /** `node:http2` only. */
  readonly stream?: { readonly destroyed?: boolean }
  setHeader(name: string, value: string | readonly string[]): unknown
  end(body?: string): unknown
}

/**
 * A view of a Node request that copies nothing.
 *
 * `header` scans `rawHeaders`, because Node keeps only the first of two `Authorization` headers in
 * `headers`, and the proxy in front may have looked at the other one.
 */
export class NodeView implements RequestView {
  readonly #message: NodeRequest
  #body: Promise<BodyBytes> | undefined
  readonly target: string
  readonly remoteAddress: string | undefined

  /** @param target - The target as sent; routers of frameworks shorten `message.url`. */
  constructor(message: NodeRequest, target = message.url ?? '/') {
    this.#message = message
    this.target = target
    // Read now: a closed socket has forgotten its peer by the time a decision is recorded.
    this.remoteAddress = message.socket.remoteAddress
  }

  get method(): string {
    return this.#message.method ?? ''
  }

  get scheme(): 'http' | 'https' {
    return this.#message.socket.encrypted === true ? 'https' : 'http'
  }

  get authority(): string {
    return this.header(':authority')[0] ?? this.header('host')[0] ?? ''
  }

  get peerCertificate(): PeerCertificate | undefined {
    return peerCertificateOf(this.#message.socket)
  }

  get unixSocket(): boolean {
    return isUnixSocket(this.#message.socket)
  }

  header(name: string): readonly string[] {
    // Not through `headers`: Node builds that object at its first use, for more than a guard costs.
    return fieldsNamed(this.#message.rawHeaders, name)
  }

  trailer(name: string): readonly string[] {
    return fieldsNamed(this.#message.rawTrailers ?? NONE, name)
  }

  body(maxBytes: number): Promise<BodyBytes> {
    this.#body ??= readNodeBody(this.#message, maxBytes)
    return this.#body
  }
}

const NONE: readonly string[] = Object.freeze([])

function fieldsNamed(raw: readonly string[], name: string): readonly string[] {
  let values: string[] | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const field = raw[index]
    if (field?.length === name.length && field.toLowerCase() === name) {
      values ??= []
      values.push(raw[index + 1] ?? '')
    }
  }
  return values ?? NONE
}
