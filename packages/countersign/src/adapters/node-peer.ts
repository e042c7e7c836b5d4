import type { PeerCertificate } from '../core/request.ts'

/** What is read of a socket. `getPeerCertificate` is there on TLS sockets only. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined
  readonly encrypted?: boolean | undefined
  /** The server that accepted it. */
  readonly server?: { address?(): unknown } | null | undefined
  getPeerCertificate?(detailed: true): NodePeerCertificate | undefined
}

/** A certificate as Node tells it: its issuer hangs on it, a self-signed one on itself. */
export interface NodePeerCertificate {
  readonly raw?: Uint8Array
  readonly issuerCertificate?: NodePeerCertificate
}

/** Longer chains are cut: who verifies one has a bound of its own, below this (SR-503). */
const MAX_CHAIN = 10

/** The certificate never changes in the life of a connection; reading it costs a copy of the chain. */
const known = new WeakMap<NodeSocket, PeerCertificate>()

/** The certificate of a TLS peer, or undefined. Whether it is worth anything is not asked here. */
export function peerCertificateOf(socket: NodeSocket): PeerCertificate | undefined {
  if (socket.encrypted !== true) return undefined
  const remembered = known.get(socket)
  if (remembered !== undefined) return remembered
  const leaf = socket.getPeerCertificate?.(true)
  if (leaf?.raw === undefined) return undefined
  const certificate = { der: leaf.raw, chain: issuersOf(leaf) }
  known.set(socket, certificate)
  return certificate
}

function issuersOf(leaf: NodePeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let current = leaf
  while (chain.length < MAX_CHAIN) {
    const issuer = current.issuerCertificate
    if (issuer?.raw === undefined || issuer === current) break
    chain.push(issuer.raw)
    current = issuer
  }
  return chain
}

/**
 * Reports whether a connection came to a server that listens on a unix socket: its address is the
 * path then. Not asked is the address of the peer: a TCP connection that was reset has none either.
 */
export const isUnixSocket = ({ server }: NodeSocket): boolean =>
  typeof server?.address?.() === 'string'
