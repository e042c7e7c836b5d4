import type { PeerCertificate } from 'countersign'

/** What the management API is told about a request beside the request itself. */
export interface ApiConnection {
  /** The socket's peer, or undefined where the host does not tell. */
  readonly remoteAddress: string | undefined
  /** The certificate of the TLS client, where the host tells. */
  readonly peerCertificate: PeerCertificate | undefined
  /** The tenant whose base path was called; `default` without one. */
  readonly tenant: string
  /** Proxies whose forwarded headers are believed; the guard of the API resolves the client. */
  readonly trustedProxies: readonly string[]
}
