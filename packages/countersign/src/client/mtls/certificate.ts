import type { Secret } from '../../core/secret.ts'

/** A key, its certificate, and whom to trust on the other side: one moment of a source. */
export interface KeyAndCertificate {
  /** PEM: the certificate, then the authorities between it and the root. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: Secret
  /** PEM: the authorities whose certificates are accepted from the other side. */
  readonly ca: string
  /** Hexadecimal, lower case. */
  readonly serial: string
  /** Seconds since the epoch. */
  readonly notBefore: number
  /** Seconds since the epoch; nothing is proven with it afterwards. */
  readonly notAfter: number
}

/** Where a process gets its certificate from, and learns that there is a newer one. */
export interface CertificateSource {
  /**
   * The certificate to use now, never one whose time is over. However many ask, it is fetched once.
   *
   * @throws UnavailableError when there is none: it ended, and no newer one was to be had.
   */
  current(): Promise<KeyAndCertificate>
  /** Calls back with every newer certificate. Answers how to stop that. */
  onChange(listener: (changed: KeyAndCertificate) => void): () => void
  /** Stops renewing. What was fetched can be used until it ends. */
  close(): void
}

/** What a TLS context is made of. The key leaves its {@link Secret} here, for `node:tls`. */
export const tlsMaterial = ({
  cert,
  key,
  ca,
}: Pick<KeyAndCertificate, 'cert' | 'key' | 'ca'>): TlsMaterial => ({
  cert,
  key: key.reveal(),
  ca,
  minVersion: 'TLSv1.2',
})

/** The options of `node:tls` that a source decides (SR-040). */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca: string
  readonly minVersion: 'TLSv1.2'
}
