import type { RequestView } from '../core/request.ts'

/** A request in parts, for {@link requestView}. */
export interface RequestParts {
  readonly method?: string
  readonly scheme?: 'http' | 'https'
  readonly authority?: string
  readonly target?: string
  readonly remoteAddress?: string
  /** Names in any case; a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** Makes the view of a request that nobody sent, to ask a guard about without a server. */
export function requestView(parts: RequestParts = {}): RequestView {
  const fields = (parts.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    method: parts.method ?? 'GET',
    scheme: parts.scheme ?? 'https',
    authority: parts.authority ?? 'api.example.test',
    target: parts.target ?? '/',
    remoteAddress: parts.remoteAddress ?? '192.0.2.1',
    header: (name) => fields.filter(([field]) => field === name).map(([, value]) => value),
  }
}
