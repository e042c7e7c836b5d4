import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { explainListen } from './listen-error.ts'

/** Where a listener listens. */
export interface Address {
  /** @defaultValue `127.0.0.1`: nothing is public by accident */
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
}

/** A socket that serves. */
export interface Listener {
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

/**
 * Opens a listener with limits on time and size of what a client may send.
 *
 * @throws `ListenError` for a busy port and what else an operator can mend.
 */
export async function listen(
  handler: RequestListener,
  { host = '127.0.0.1', port }: Address,
): Promise<Listener> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5000,
    },
    handler,
  )
  await opened(server, host, port)
  return { url: urlOf(server), close: (drainMs) => drain(server, drainMs) }
}

function opened(server: Server, host: string, port: number): Promise<void> {
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

function urlOf(server: Server): string {
  // A TCP listener: this server was given a host and a port.
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function drain(server: Server, drainMs: number): Promise<void> {
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
