import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

/**
 * All of TLS 1.3, and of TLS 1.2 what BCP 195 recommends: forward secrecy and authenticated encryption.
 *
 * @see [RFC 9325 §4.2](https://www.rfc-editor.org/rfc/rfc9325#section-4.2)
 */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')

/** A certificate, and what every handshake with it is held to. */
export const contextOptions = (
  pair: Readonly<{ cert: string; key: string }>,
): SecureContextOptions => ({
  ...pair,
  minVersion: 'TLSv1.2',
  ciphers: CIPHERS,
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
