import { isInNetworks, parseAddress, type Network } from './network.ts'
import type { RequestView } from './request.ts'

/** How the client reached the outermost trusted hop. */
export interface ClientHop {
  readonly scheme: 'http' | 'https'
  readonly address: string | undefined
}

/**
 * Resolves the client behind trusted proxies. `X-Forwarded-For` and `X-Forwarded-Proto` are read
 * only when the socket's peer is in `trustedProxies`, and from the right: everything left of the
 * first untrusted hop was written by the client. There is no "trust all".
 *
 * Does not prove who the proxy is beyond its address; bind it to loopback or a private network.
 */
export function resolveClient(view: RequestView, trustedProxies: readonly Network[]): ClientHop {
  const direct: ClientHop = { scheme: view.scheme, address: view.remoteAddress }
  if (trustedProxies.length === 0) return direct
  if (!isInNetworks(view.remoteAddress, trustedProxies)) return direct
  const hops = list(view.header('x-forwarded-for'))
  const protos = list(view.header('x-forwarded-proto'))
  // The last proxy appended the last entry; with one entry for the whole chain, that one counts.
  const scheme = protos.at(-1)?.toLowerCase() === 'https' ? 'https' : view.scheme
  for (const hop of hops.toReversed()) {
    if (parseAddress(hop) === undefined) return { scheme, address: view.remoteAddress }
    if (!isInNetworks(hop, trustedProxies)) return { scheme, address: hop }
  }
  return { scheme, address: hops[0] ?? view.remoteAddress }
}

const list = (values: readonly string[]): readonly string[] =>
  values.flatMap((value) => value.split(',')).map((entry) => entry.trim())
