import { decodePem, decodePercent } from './encodings.ts'
import {
  forwardedChain,
  MALFORMED,
  NO_CERTIFICATE,
  UNVERIFIED,
  type FieldReader,
  type Forwarded,
} from './result.ts'

/** The fields of the dialect: the names of ingress-nginx. */
export const NGINX_FIELDS: readonly string[] = ['ssl-client-cert', 'ssl-client-verify']

/**
 * Reads `ssl-client-cert`, `$ssl_client_escaped_cert`: one certificate as percent-encoded PEM, and
 * `ssl-client-verify`, `$ssl_client_verify`: `SUCCESS`, `NONE` or `FAILED:` and why. Without a
 * certificate nginx sends `NONE` and an empty certificate, which it then leaves out.
 *
 * @see [ngx_http_ssl_module](https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables)
 */
export function readNginx(field: FieldReader): Forwarded {
  const [escaped = ''] = field('ssl-client-cert')
  const [verified = ''] = field('ssl-client-verify')
  if (escaped === '')
    return verified === '' || verified === 'NONE' ? NO_CERTIFICATE : notPassed(verified)
  if (verified !== 'SUCCESS') return notPassed(verified)
  const pem = decodePercent(escaped)
  const certificates = pem === undefined ? undefined : decodePem(pem)
  return certificates?.length === 1 ? forwardedChain(certificates) : MALFORMED
}

const notPassed = (verified: string): Forwarded =>
  verified.startsWith('FAILED:') || verified === 'FAILED' ? UNVERIFIED : MALFORMED
