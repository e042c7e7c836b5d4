import { decodeBase64 } from './encodings.ts'
import {
  forwardedChain,
  MALFORMED,
  NO_CERTIFICATE,
  UNVERIFIED,
  type FieldReader,
  type Forwarded,
} from './result.ts'

/** The fields of the dialect. HAProxy has no names of its own: these are set by its configuration. */
export const HAPROXY_FIELDS: readonly string[] = [
  'x-ssl-client-der',
  'x-ssl-client-verify',
  'x-ssl-client-used',
]

/**
 * Reads `x-ssl-client-der`, `%[ssl_c_der,base64]`, with `x-ssl-client-verify`, `%[ssl_c_verify]`, and
 * `x-ssl-client-used`, `%[ssl_fc_has_crt]`. Both flags are asked for: `ssl_c_verify` is `0`, which is
 * success, for a client that sent no certificate as well.
 *
 * @see [HAProxy fetches](https://docs.haproxy.org/3.0/configuration.html#7.3.4)
 */
export function readHaproxy(field: FieldReader): Forwarded {
  const [base64 = ''] = field('x-ssl-client-der')
  const [verified] = field('x-ssl-client-verify')
  const [used] = field('x-ssl-client-used')
  if (used === undefined && verified === undefined && base64 === '') return NO_CERTIFICATE
  if (used === '0') return base64 === '' ? NO_CERTIFICATE : MALFORMED
  if (used !== '1' || verified === undefined || !/^\d{1,3}$/.test(verified)) return MALFORMED
  if (verified !== '0') return UNVERIFIED
  const der = decodeBase64(base64)
  return forwardedChain(der === undefined ? undefined : [der])
}
