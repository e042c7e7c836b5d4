import { ConfigError } from './errors.ts'

/** A parsed CIDR block: the address as bytes, and how many leading bits count. */
export interface Network {
  readonly bytes: readonly number[]
  readonly prefixLength: number
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
/** `::ffff:0:0/96`: an IPv4 client on a dual-stack socket must not look like an IPv6 one. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/**
 * Parses an IP address into 4 or 16 bytes. An IPv4-mapped IPv6 address becomes its IPv4 bytes, so
 * that one client has one identity (express-rate-limit GHSA-46wh-pxpv-q5gq was the opposite).
 *
 * @param text - Attacker-controlled; anything but an address answers undefined.
 */
export function parseAddress(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined
  const v4 = parseIpv4(text)
  if (v4 !== undefined) return v4
  const v6 = parseIpv6(text)
  if (v6 === undefined) return undefined
  return MAPPED.every((byte, index) => v6[index] === byte) ? v6.slice(12) : v6
}

function parseIpv4(text: string): readonly number[] | undefined {
  const match = IPV4.exec(text)
  if (match === null) return undefined
  const bytes = match.slice(1).map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseIpv6(text: string): readonly number[] | undefined {
  const zone = text.indexOf('%')
  const halves = (zone < 0 ? text : text.slice(0, zone)).split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] ?? '')
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseIpv4(part) : undefined
    if (v4 !== undefined) bytes.push(...v4)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const value = Number.parseInt(part, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return bytes
}

/** Parses a CIDR block or a single address. For configuration: throws a {@link ConfigError}. */
export function parseNetwork(text: string): Network {
  const [address = '', prefix, ...rest] = text.split('/')
  const bytes = parseAddress(address)
  const prefixLength = prefix === undefined ? (bytes?.length ?? 0) * 8 : Number(prefix)
  const valid =
    bytes !== undefined &&
    rest.length === 0 &&
    (prefix === undefined || /^\d{1,3}$/.test(prefix)) &&
    prefixLength <= bytes.length * 8
  if (!valid) {
    throw new ConfigError(
      'CS_CONFIG_NETWORK_INVALID',
      `"${text}" is no network; write an address or a CIDR block such as "10.0.0.0/8"`,
    )
  }
  return { bytes, prefixLength }
}

/** Reports whether an address lies in one of the networks. An unreadable address lies in none. */
export function isInNetworks(address: string | undefined, networks: readonly Network[]): boolean {
  const bytes = address === undefined ? undefined : parseAddress(address)
  return bytes !== undefined && networks.some((network) => contains(network, bytes))
}

function contains(network: Network, bytes: readonly number[]): boolean {
  if (network.bytes.length !== bytes.length) return false
  for (let bit = 0; bit < network.prefixLength; bit += 8) {
    const index = bit >> 3
    const left = (network.bytes[index] ?? 0) ^ (bytes[index] ?? 0)
    const mask =
      network.prefixLength - bit >= 8 ? 0xff : (0xff << (8 - (network.prefixLength - bit))) & 0xff
    if ((left & mask) !== 0) return false
  }
  return true
}

/**
 * The part of an address that one subscriber controls: the whole IPv4 address, the /64 of an IPv6
 * one. Limits count by it, because an IPv6 client has 2^64 addresses to rotate through.
 */
export function addressPrefix(address: string | undefined): string {
  const bytes = address === undefined ? undefined : parseAddress(address)
  if (bytes === undefined) return 'unknown'
  if (bytes.length === 4) return bytes.join('.')
  return `${bytes
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/64`
}
