/**
 * What verification needs of a request, and nothing more. Adapters build it from their framework's
 * request without making a WHATWG `Request`. Every value is attacker-controlled except
 * `remoteAddress` and `scheme`, which come from the socket.
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
