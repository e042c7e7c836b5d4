import type { Server } from 'node:https'
import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

const TEXT =
  '{"type":"https://countersign.dev/problems/https-required","title":"This port speaks https.","status":400,"code":"https-required"}'

const HTTPS_REQUIRED = [
  'HTTP/1.1 400 Bad Request',
  'connection: close',
  'content-type: application/problem+json',
  `content-length: ${TEXT.length}`,
  '',
  TEXT,
].join('\r\n')

/**
 * Answers plain HTTP at a port that speaks TLS with a problem, instead of a connection that ends
 * without a word. (A handshake at a plain port gets Node's `400 Bad Request`, which every TLS client
 * calls a wrong version number.)
 */
export function explainScheme(server: Server): void {
  // Before the server's own listener, which destroys the socket.
  server.prependListener('tlsClientError', (error, socket) => {
    if ('code' in error && error.code === 'ERR_SSL_HTTP_REQUEST') below(socket)?.end(HTTPS_REQUIRED)
  })
}

/** The TCP connection that TLS did not come about on; Node has no public name for it. */
function below(socket: TLSSocket): Socket | undefined {
  const parent: unknown = Reflect.get(socket, '_parent')
  return parent instanceof Socket ? parent : undefined
}
