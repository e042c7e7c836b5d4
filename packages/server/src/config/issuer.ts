import { ConfigError } from 'countersign'

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Checks that a text can be an issuer identifier: the one spelling of its URL, https unless it
 * stays on this machine.
 *
 * @throws `ConfigError` naming the fix.
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) issuer
 */
export function assertIssuer(issuer: string, allowHttp: boolean): void {
  const url = URL.parse(issuer)
  // Compared as text everywhere, so it has to be the one spelling of its URL. The origin and the
  // path together hold neither user, query nor fragment.
  const spelling = url === null ? '' : (url.origin + url.pathname).replace(/\/$/, '')
  if (url === null || issuer !== spelling) {
    throw new ConfigError(
      'CS_CONFIG_ISSUER_INVALID',
      `issuer: "${issuer}" is no issuer; write a URL without query, fragment and trailing slash, such as "https://auth.example.com"`,
    )
  }
  const secure = url.protocol === 'https:'
  if (secure || (url.protocol === 'http:' && (allowHttp || LOOPBACK_HOST.test(url.hostname))))
    return
  throw new ConfigError(
    'CS_CONFIG_ISSUER_HTTP',
    `issuer: "${issuer}" is not https; plain http is for this machine only (or unsafe.allowHttp)`,
  )
}
