import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { explainListen } from './listen-error.ts'
import { explainScheme } from './wrong-scheme.ts'
import { serverOptions } from './tls/options.ts'

/** Where a listener listens. */
export interface Address {
  /** @defaultValue `127.0.0.1`: nothing is public by accident */
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
}

/** A socket that serves. */
export interface Listener<S extends Server | SecureServer = Server> {
  readonly server: S
  readonly url: string
  /** Stops accepting, lets requests under way finish for at most `drainMs`, then cuts them. */
  close(drainMs: number): Promise<void>
}

/** Time for a client to send a whole request; a slower one is cut (slowloris). */
const REQUEST_TIMEOUT_MS = 15_000
const HEADERS_TIMEOUT_MS = 10_000
/** Longer than the idle timeouts of usual proxies, so that it is the proxy that closes. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000
const MAX_HEADER_BYTES = 16_384
const IDLE_SWEEP_MS = 25

const LIMITS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  connectionsCheckingInterval: 5000,
} as const

/**
 * Opens a listener with limits on time and size of what a client may send.
 *
 * @throws `ListenError` for a busy port and what else an operator can mend.
 */
export const listen = (handler: RequestListener, address: Address): Promise<Listener> =>
  open(createServer(LIMITS, handler), address)

/** The address of a listener with TLS, and its first certificate. */
export interface SecureAddress extends Address {
  readonly context: SecureContextOptions
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean
}

/** The same over TLS. */
export function listenSecurely(
  handler: RequestListener,
  address: SecureAddress,
): Promise<Listener<SecureServer>> {
  const server = createSecureServer({ ...LIMITS, ...serverOptions(address) }, handler)
  explainScheme(server)
  return open(server, address)
}

async function open<S extends Server | SecureServer>(
  server: S,
  { host = '127.0.0.1', port }: Address,
): Promise<Listener<S>> {
  await opened(server, host, port)
  return { server, url: urlOf(server), close: (drainMs) => drain(server, drainMs) }
}

function opened(server: Server | SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      const explained = explainListen(error, host, port)
      reject(explained instanceof Error ? explained : error)
    }
    server.once('error', refuse)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}

function urlOf(server: Server | SecureServer): string {
  // A TCP listener: this server was given a host and a port.
  const { address, family, port } = server.address() as AddressInfo
  const scheme = 'setSecureContext' in server ? 'https' : 'http'
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function drain(server: Server | SecureServer, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections()
    }, drainMs)
    // A connection becomes idle when its last request is answered; keep-alive would hold it open.
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, IDLE_SWEEP_MS)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}
