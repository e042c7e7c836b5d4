import { isInNetworks, parseAddress, parseNetwork, type Network } from '../core/network.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { FetchFailure, FetchRequest } from './seam.ts'

/**
 * Everything that is not the public internet, by the IANA special-purpose registries: a key set
 * URL that resolves here is somebody's metadata service or database.
 */
// biome-ignore format: a table by kind
const PRIVATE: readonly Network[] = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16',
  '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  // ::/96 holds the unspecified address, loopback and IPv4-compatible ones. NAT64 and 6to4 carry
  // an IPv4 address inside, private ones too.
  '::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32',
  '2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8',
].map(parseNetwork)

/** Reports whether an address is outside the public internet. Unreadable ones count as private. */
export const isPrivateAddress = (address: string): boolean =>
  parseAddress(address) === undefined || isInNetworks(address, PRIVATE)

/** The host of a URL as a name or a bare address: `[::1]` becomes `::1`. */
export const hostOf = ({ hostname }: URL): string =>
  hostname.startsWith('[') ? hostname.slice(1, -1) : hostname

const refused = (message: string): Result<URL, FetchFailure> => err({ kind: 'refused', message })

type TargetRules = Pick<FetchRequest, 'url' | 'allowPrivateHosts' | 'allowHttp'>

/**
 * Reads and checks the URL of a request, without resolving anything. Checks, in order: it is a URL,
 * no user information, `https` (or `http` where allowed), no literal private address.
 */
export function checkTarget(rules: TargetRules): Result<URL, FetchFailure> {
  if (!URL.canParse(rules.url)) return refused('this is not a URL')
  const url = new URL(rules.url)
  const named = isAllowedHost(url, rules.allowPrivateHosts)
  if (url.username !== '' || url.password !== '') return refused('the URL carries credentials')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.allowHttp === true && named))
    return refused(`${url.protocol} is not accepted for ${url.host}; use https:`)
  if (!named && isPrivateName(hostOf(url))) {
    return refused(`${hostOf(url)} is private; name it in allowPrivateHosts if it is meant`)
  }
  return ok(url)
}

/** Reports whether the operator allowed this host to be private. */
export const isAllowedHost = (url: URL, allowPrivateHosts: readonly string[]): boolean =>
  allowPrivateHosts.includes(hostOf(url)) || allowPrivateHosts.includes(url.host)

/** Reports what a name alone tells: a literal private address, or a name of the local network. */
function isPrivateName(host: string): boolean {
  if (parseAddress(host) !== undefined) return isPrivateAddress(host)
  return /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/.test(host)
}

/**
 * Where a redirect leads, if it may be followed: the same origin only, so that neither keys nor the
 * credentials of a request move to a server that nobody configured.
 */
export function redirectTarget(from: URL, location: string | undefined): URL | undefined {
  if (location === undefined || !URL.canParse(location, from)) return undefined
  const to = new URL(location, from)
  return to.origin === from.origin && to.username === '' && to.password === '' ? to : undefined
}
