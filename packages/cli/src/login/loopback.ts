import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a browser brings the answer to. */
export interface LoopbackReceiver {
  /** `http://127.0.0.1:<port>/callback` */
  readonly redirectUri: string
  /** The URL that the browser came with; rejects when the signal is aborted. */
  readonly arrived: Promise<URL>
  close(): void
}

const PATH = '/callback'
const SEEN = 'Signed in. You can close this window and go back to the terminal.\n'

/**
 * Waits for one answer on a free port of this machine (RFC 8252 §7.3). What comes to another path, or
 * later, gets nothing: any program here can call it, and `state` and PKCE tell the answer from theirs.
 */
export async function receiveOnLoopback(signal: AbortSignal): Promise<LoopbackReceiver> {
  const { promise: arrived, resolve, reject } = Promise.withResolvers<URL>()
  // Awaited by whoever started it; until then nobody must be told of an unhandled rejection.
  arrived.catch(() => {})
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.method !== 'GET' || url.pathname !== PATH) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end(SEEN)
    resolve(new URL(url.pathname + url.search, `http://127.0.0.1:${portOf(server)}`))
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', listening)
  })
  signal.addEventListener('abort', () => {
    reject(new DOMException('aborted', 'AbortError'))
  })
  return {
    redirectUri: `http://127.0.0.1:${portOf(server)}${PATH}`,
    arrived,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

// A server that listens on a port has an address of this form.
const portOf = (server: Server): number => (server.address() as AddressInfo).port
