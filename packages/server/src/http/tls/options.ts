import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

/** A certificate, and what every handshake with it is held to. */
export const contextOptions = (
  pair: Readonly<{ cert: string; key: string }>,
): SecureContextOptions => ({
  ...pair,
  minVersion: 'TLSv1.2',
  // A renegotiation would change the client certificate in the middle of a connection.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
})

/**
 * The options of a server. Clients are asked for a certificate and never turned away for it: TLS
 * would decide once for a connection, by the trust of the handshake. The `mtls` method decides for
 * each request, by the trust of now, and says why (SR-301).
 */
export const serverOptions = ({
  context,
  requestCert,
}: {
  readonly context: SecureContextOptions
  readonly requestCert: boolean
}): ServerOptions => ({
  ...context,
  requestCert,
  rejectUnauthorized: false,
  ALPNProtocols: ['http/1.1'],
})
