import { Secret } from '../../core/secret.ts'
import type { Fetch } from '../proof.ts'
import { mtlsAgent, type MtlsAgentOptions } from './agent.ts'
import type { CertificateSource, KeyAndCertificate } from './certificate.ts'
import { httpsFetch } from './https-fetch.ts'

/** A certificate that somebody else renews. PEM. */
export interface FixedCertificate {
  readonly cert: string
  readonly key: Secret | string
  /** Who vouches for servers. */
  readonly ca: string
}

/**
 * Makes a `fetch` that presents a client certificate. It composes with every proof, as the innermost:
 * `withProof(apiKey(key), { fetch: mtls(source) })`.
 *
 * Goes over `https:` alone, verifies the server always, and takes a redirect for an answer: the
 * certificate was meant for one server. A body is sent with its length, unless `duplex` says that it
 * is a stream. It does not decompress, and asks for no compression.
 *
 * @throws ConfigError for a `serverIdentity` that is none. From a call: TypeError for what is not
 *   `https:` and when the connection or the verification fails, as `fetch` does, with the cause;
 *   UnavailableError without a valid certificate.
 */
export function mtls(
  certificate: CertificateSource | FixedCertificate,
  options: MtlsAgentOptions = {},
): Fetch {
  const source = 'current' in certificate ? certificate : fixed(certificate)
  return httpsFetch(mtlsAgent(source, options))
}

/** A source of one certificate. The server decides about its time: a wrong clock here stops nothing. */
export function fixed({ cert, key, ca }: FixedCertificate): CertificateSource {
  const secret = typeof key === 'string' ? new Secret(key) : key
  const whole: KeyAndCertificate = Object.freeze({
    cert,
    key: secret,
    ca,
    serial: '',
    notBefore: 0,
    notAfter: Infinity,
  })
  return {
    current: () => Promise.resolve(whole),
    onChange: () => () => undefined,
    close: () => undefined,
  }
}
