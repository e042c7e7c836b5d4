import { assertConfig } from '../../../core/errors.ts'
import { map, type MaybePromise } from '../../../core/maybe.ts'
import type { RequestView } from '../../../core/request.ts'
import { err, ok } from '../../../core/result.ts'
import { HAPROXY_FIELDS, readHaproxy } from './haproxy.ts'
import { NGINX_FIELDS, readNginx } from './nginx.ts'
import type { Presented } from './proof-check.ts'
import { proofCheck, type ProxyProof } from './proof.ts'
import { NO_CERTIFICATE, type FieldReader, type Forwarded } from './result.ts'
import { readRfc9440, RFC9440_FIELDS } from './rfc9440.ts'
import { readXfcc, XFCC_FIELDS } from './xfcc.ts'

/** How proxies write certificates into fields. */
export type ForwardedDialect = 'rfc9440' | 'envoy' | 'nginx' | 'haproxy'

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
export interface CertificateReader {
  /** Reports whether there is something to read: a certificate, or what is wrong with its fields. */
  readonly finds: (request: Presented) => boolean
  readonly read: (request: Presented) => MaybePromise<Forwarded>
}

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
  if (origin === 'connection') {
    return {
      finds: ({ view }) => view.peerCertificate !== undefined,
      read: ({ view }) => ok(view.peerCertificate),
    }
  }
  const dialect = DIALECTS[origin.dialect]
  assertConfig(
    dialect !== undefined,
    'CS_CONFIG_MTLS_DIALECT',
    `mtls: dialect is one of ${Object.keys(DIALECTS).join(', ')}`,
  )
  const { claims, proves } = proofCheck(origin.proof, dialect.fields)
  const readClaimed = (attempt: Presented): Forwarded => {
    if (claims(attempt)) return readFields(dialect, attempt.view)
    const ignored = dialect.fields.filter((name) => attempt.view.header(name).length > 0)
    if (ignored.length > 0) {
      attempt.trace?.check('mtls.proxy', false, 'the proof of the proxy', ignored)
    }
    return NO_CERTIFICATE
  }
  return {
    finds: (attempt) => !isNone(readClaimed(attempt)),
    read: (attempt) => {
      const found = readClaimed(attempt)
      if (isNone(found)) return found
      return map(proves(attempt), (proven) => (proven ? found : err('mtls.proxy-unproven')))
    },
  }
}

const isNone = (found: Forwarded): boolean => found.ok && found.value === undefined

function readFields({ fields, read }: DialectReader, view: RequestView): Forwarded {
  // Some servers read client_cert as client-cert: whoever sent a twin hoped for that.
  const twins = fields.some((name) => view.header(name.replaceAll('-', '_')).length > 0)
  const repeated = fields.some((name) => view.header(name).length > 1)
  if (twins || repeated) return err('mtls.forwarded-repeated')
  return read((name) => view.header(name))
}
