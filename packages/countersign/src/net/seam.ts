/**
 * The one way out of the library (SR-504): time and size caps, no redirect to another origin, no
 * private address unless its name is allowed. `node.ts` resolves the name itself and connects to
 * what it checked; `web.ts` has no resolver and checks names and literal addresses only.
 */
import type { Result } from '../core/result.ts'

/** One request of ours to another server. The URL is configuration; a caller's is for FetchDocument. */
export interface FetchRequest {
  readonly url: string
  /** @defaultValue `GET` */
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For everything: name, connection, answer, body. Milliseconds. */
  readonly timeoutMs: number
  /** Largest body that is read. */
  readonly maxBytes: number
  /** Host names (or literal addresses) that may resolve to a private address. */
  readonly allowPrivateHosts: readonly string[]
  /**
   * Allows `http:` to the hosts of `allowPrivateHosts`. Whoever is on the path can then replace
   * keys and answers: for loopback and for sidecars only.
   */
  readonly allowHttp?: boolean
}

/** Why there is no answer. The text is for the operator and names no secret. */
export interface FetchFailure {
  readonly kind:
    | 'refused'
    | 'unreachable'
    | 'timeout'
    | 'redirect'
    | 'status'
    | 'too-large'
    | 'not-json'
  readonly message: string
  /** Of a `status` failure. */
  readonly status?: number
}

/** The parsed JSON of a 2xx answer, or why there is none. */
export type FetchOutcome = Result<unknown, FetchFailure>

/** What both `#net` implementations offer. Never rejects. */
export type FetchJson = (request: FetchRequest) => Promise<FetchOutcome>

/** A body as it comes. Stop iterating, or abort the signal, to hang up. */
export type StreamOutcome = Result<AsyncIterable<Uint8Array>, FetchFailure>

/**
 * Opens an answer that has no end, a change feed. Addresses are checked as for {@link FetchJson}; no
 * redirect is followed, and caps of time and size are the caller's, by the signal.
 */
export type OpenStream = (
  request: Omit<FetchRequest, 'timeoutMs' | 'maxBytes' | 'method' | 'body'>,
  signal: AbortSignal,
) => Promise<StreamOutcome>

/** Redirects followed inside one origin. */
export const MAX_REDIRECTS = 3
