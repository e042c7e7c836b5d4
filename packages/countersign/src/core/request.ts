import type { MaybePromise } from './maybe.ts'
import type { Result } from './result.ts'

/** Why the bytes of a body cannot be had; both are rows of the table of reasons. */
export type BodyError = 'request.body-too-large' | 'request.body-incomplete'

/** A body as it was received, whole. */
export type BodyBytes = Result<Uint8Array, BodyError>

/** The certificate that a TLS peer presented, as DER. Proven is the possession of its key only. */
export interface PeerCertificate {
  readonly der: Uint8Array
  /** What the peer sent beside it, leaf first, the leaf excluded. Attacker-controlled. */
  readonly chain: readonly Uint8Array[]
}

/**
 * What verification needs of a request, and nothing more. Adapters build it from their framework's
 * request without making a WHATWG `Request`. Every value is attacker-controlled except
 * `remoteAddress`, `scheme` and `unixSocket`, which come from the socket.
 */
export interface RequestView {
  /** The method as sent: methods are case-sensitive (RFC 9110 §9.1). */
  readonly method: string
  /** How this hop was reached. Behind a TLS-terminating proxy see `trustedProxies` of the guard. */
  readonly scheme: 'http' | 'https'
  /** The `Host` or `:authority` as sent. */
  readonly authority: string
  /** The request target as sent: path and query, not decoded, not normalised. */
  readonly target: string
  /** The peer's address from the socket, or undefined where the runtime does not tell. */
  readonly remoteAddress: string | undefined
  /**
   * Every value of a header field, so that a duplicate can be seen and refused.
   *
   * @param name - Lower-case field name.
   */
  header(name: string): readonly string[]
  /**
   * Every value of a trailer field (RFC 9110 §6.5). Known once the body was read; none where the
   * runtime does not tell.
   *
   * @param name - Lower-case field name.
   */
  trailer(name: string): readonly string[]
  /** The certificate of the TLS connection, or undefined without one. */
  readonly peerCertificate: PeerCertificate | undefined
  /**
   * True: the connection came over a unix socket that this process listens on. Known from the server
   * and never from a missing address, which a TCP peer brings about by leaving at once. Absent where
   * the runtime does not tell.
   */
  readonly unixSocket?: boolean | undefined
  /**
   * The body as received, before any handler has it, and without taking it from the handler: it
   * reads the same bytes afterwards. Asked twice, it answers the same bytes.
   *
   * @param maxBytes - Largest body that is read; a larger one is an error and not a truncation.
   * @throws {@link BodyConsumedError} when something read the body before: what is left cannot be
   * verified, and who put a parser in front of the guard must hear of it.
   */
  body(maxBytes: number): MaybePromise<BodyBytes>
}

/**
 * Reports whether a request is a CORS preflight, which carries no credential by design and so must
 * not be answered with 401.
 *
 * @see [Fetch §3.2.2](https://fetch.spec.whatwg.org/#cors-preflight-request)
 */
export function isPreflight(view: RequestView): boolean {
  return (
    view.method === 'OPTIONS' &&
    view.header('access-control-request-method').length === 1 &&
    view.header('origin').length === 1 &&
    view.header('authorization').length === 0
  )
}

/** The path of a request target, without the query: the part that may be logged (SR-501). */
export function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}
