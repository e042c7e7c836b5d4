import { equalDigests } from '../../../core/constant-time.ts'
import { assertConfig } from '../../../core/errors.ts'
import type { Attempt } from '../../../core/method.ts'
import type { RequestView } from '../../../core/request.ts'
import { err, ok } from '../../../core/result.ts'
import type { Secret } from '../../../core/secret.ts'
import { HAPROXY_FIELDS, readHaproxy } from './haproxy.ts'
import { NGINX_FIELDS, readNginx } from './nginx.ts'
import { NO_CERTIFICATE, type FieldReader, type Forwarded } from './result.ts'
import { readRfc9440, RFC9440_FIELDS } from './rfc9440.ts'
import { readXfcc, XFCC_FIELDS } from './xfcc.ts'

/** How proxies write certificates into fields. */
export type ForwardedDialect = 'rfc9440' | 'envoy' | 'nginx' | 'haproxy'

/** What a proxy sends with every request, and nobody else knows. */
export interface ProxyProof {
  /** The field, in lower case; the proxy overwrites it on every request: `x-proxy-proof`. */
  readonly field: string
  /**
   * At least 32 visible ASCII characters, random: `openssl rand -hex 32`. Several while one is
   * being replaced.
   */
  readonly secrets: readonly Secret[]
}

/**
 * A proxy that ends TLS. Its addresses are not asked for: whatever reaches us through them would
 * be believed, and there is no way to trust all (SR-303).
 */
export interface CertificateProxy {
  readonly dialect: ForwardedDialect
  readonly proof: ProxyProof
}

/** Where client certificates come from: the TLS connection to us, or a proxy that proves itself. */
export type CertificateOrigin = 'connection' | CertificateProxy

/** Finds the certificate that the client of a request presented. Never throws. */
export type CertificateReader = (request: Pick<Attempt, 'view' | 'trace'>) => Forwarded

interface DialectReader {
  readonly fields: readonly string[]
  readonly read: (field: FieldReader) => Forwarded
}

const DIALECTS: Readonly<Record<ForwardedDialect, DialectReader>> = {
  rfc9440: { fields: RFC9440_FIELDS, read: readRfc9440 },
  envoy: { fields: XFCC_FIELDS, read: readXfcc },
  nginx: { fields: NGINX_FIELDS, read: readNginx },
  haproxy: { fields: HAPROXY_FIELDS, read: readHaproxy },
}

/**
 * Makes the reader of an origin.
 *
 * With a proxy, only its fields are read, and only beside its proof: from anybody else they are
 * ignored, so that a forged field is neither a credential nor the end of the request. The
 * certificate of the connection is then the proxy's own, and never a client's.
 *
 * Does not validate the certificate, nor what the proxy says that it did with it.
 *
 * @throws {@link ConfigError} for a proof that proves nothing.
 */
export function certificateReader(origin: CertificateOrigin): CertificateReader {
  if (origin === 'connection') return ({ view }) => ok(view.peerCertificate)
  const dialect = DIALECTS[origin.dialect]
  const { field, secrets } = origin.proof
  const known = secrets.map((secret) => secret.reveal())
  assertConfig(
    dialect !== undefined,
    'CS_CONFIG_MTLS_DIALECT',
    `mtls: dialect is one of ${Object.keys(DIALECTS).join(', ')}`,
  )
  assertProof(field, known)
  return ({ view, trace }) => {
    const proven = isProven(view.header(field), known)
    if (proven) return readFields(dialect, view)
    const ignored = dialect.fields.filter((name) => view.header(name).length > 0)
    if (ignored.length > 0) trace?.check('mtls.proxy', false, 'the proof of the proxy', ignored)
    return NO_CERTIFICATE
  }
}

function assertProof(field: string, secrets: readonly string[]): void {
  assertConfig(
    /^[a-z][a-z0-9-]{1,63}$/.test(field),
    'CS_CONFIG_MTLS_PROOF_FIELD',
    'mtls: proof.field is a field name in lower case, such as "x-proxy-proof"',
  )
  assertConfig(
    secrets.length > 0 && secrets.every((secret) => /^[!-~]{32,512}$/.test(secret)),
    'CS_CONFIG_MTLS_PROOF_SECRET',
    'mtls: proof.secrets has at least one of 32 to 512 visible characters: openssl rand -hex 32',
  )
}

/** Every secret is compared, whole: which of them matched takes no other time. */
function isProven(values: readonly string[], secrets: readonly string[]): boolean {
  const [value = '', ...others] = values
  const matches = secrets.filter((secret) => equalDigests(value, secret))
  return matches.length > 0 && others.length === 0
}

function readFields({ fields, read }: DialectReader, view: RequestView): Forwarded {
  // Some servers read client_cert as client-cert: whoever sent a twin hoped for that.
  const twins = fields.some((name) => view.header(name.replaceAll('-', '_')).length > 0)
  const repeated = fields.some((name) => view.header(name).length > 1)
  if (twins || repeated) return err('mtls.forwarded-repeated')
  return read((name) => view.header(name))
}
