import type { SecureContextOptions, Server } from 'node:tls'
import { tlsMaterial, type CertificateSource, type KeyAndCertificate } from './certificate.ts'

/** What a server keeps over renewals. */
export interface ServerCertificateOptions {
  /** PEM: who vouches for clients. @defaultValue the trust bundle of the source */
  readonly ca?: string
  /**
   * Everything else of its secure context. `node:tls` forgets what it is not told again: a `crl`, say.
   * @defaultValue nothing
   */
  readonly tls?: Omit<SecureContextOptions, 'key' | 'cert' | 'ca' | 'pfx' | 'ticketKeys'>
}

/**
 * Gives a server of `node:tls` or `node:https` the certificate of a source, now and after every
 * renewal, and the trust bundle for its clients with it. Connections stay as they are; new ones get the
 * new certificate, and no session of the old one is resumed by them (SR-302).
 *
 * Does not ask clients for certificates, nor verify them: `requestCert` and `rejectUnauthorized` are
 * options of the server, and a guard with the `mtls` method judges every request.
 *
 * @returns How to stop that.
 * @throws UnavailableError when there is no certificate: listen after it was awaited.
 */
export async function keepServerCertificate(
  server: Pick<Server, 'setSecureContext'>,
  source: CertificateSource,
  { ca, tls = {} }: ServerCertificateOptions = {},
): Promise<() => void> {
  const serve = (current: KeyAndCertificate): void => {
    const material = tlsMaterial(ca === undefined ? current : { ...current, ca })
    server.setSecureContext({ ...material, ...tls })
  }
  let newest: KeyAndCertificate | undefined
  const stop = source.onChange((changed) => {
    newest = changed
    serve(changed)
  })
  try {
    const first = await source.current()
    // A renewal may have overtaken it.
    if (newest === undefined) serve(first)
    return stop
  } catch (error) {
    stop()
    throw error
  }
}
