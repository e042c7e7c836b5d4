import type { PeerCertificate, RequestView } from '../core/request.ts'
import { err, ok } from '../core/result.ts'

/** A request in parts, for {@link requestView}. */
export interface RequestParts {
  readonly method?: string
  readonly scheme?: 'http' | 'https'
  readonly authority?: string
  readonly target?: string
  readonly remoteAddress?: string
  /** Names in any case; a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** A text stands for its UTF-8 bytes. */
  readonly body?: Uint8Array | string
  readonly trailers?: readonly (readonly [name: string, value: string])[]
  readonly peerCertificate?: PeerCertificate
  readonly unixSocket?: boolean
}

/** Makes the view of a request that nobody sent, to ask a guard about without a server. */
export function requestView(parts: RequestParts = {}): RequestView {
  const { body = '' } = parts
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return {
    method: parts.method ?? 'GET',
    scheme: parts.scheme ?? 'https',
    authority: parts.authority ?? 'api.example.test',
    target: parts.target ?? '/',
    remoteAddress: parts.remoteAddress ?? '192.0.2.1',
    peerCertificate: parts.peerCertificate,
    unixSocket: parts.unixSocket,
    header: named(parts.headers),
    trailer: named(parts.trailers),
    body: (maxBytes) => (bytes.length > maxBytes ? err('request.body-too-large') : ok(bytes)),
  }
}

function named(
  pairs: readonly (readonly [name: string, value: string])[] = [],
): (name: string) => readonly string[] {
  const fields = pairs.map(([name, value]) => [name.toLowerCase(), value] as const)
  return (name) => fields.filter(([field]) => field === name).map(([, value]) => value)
}
