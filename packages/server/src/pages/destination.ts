/** Where a page may send a browser to, and how that place is named to a person. */
import { err, ok, type Result } from 'countersign'

/** A URL that a page may send a browser to. Only {@link parseDestination} makes one. */
export interface Destination {
  /** As it was registered or built, character by character. */
  readonly url: string
  /** `web` over HTTPS, `loopback` for a program on this computer, `app` for a scheme of its own. */
  readonly kind: 'web' | 'loopback' | 'app'
  /** What a person can judge: the host in ASCII with its port, or the scheme. */
  readonly place: string
}

/**
 * Schemes that run code or read files in the page that follows them. An application's own scheme
 * cannot be listed, so these are; a scheme with a dot (RFC 8252 §7.1) is never one of them.
 */
const DANGEROUS: ReadonlySet<string> = new Set([
  'about:',
  'blob:',
  'chrome:',
  'data:',
  'file:',
  'filesystem:',
  'ftp:',
  'intent:',
  'javascript:',
  'mailto:',
  'resource:',
  'tel:',
  'vbscript:',
  'view-source:',
  'ws:',
  'wss:',
])

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Reads a URL that a page is to follow: a redirect URI, with or without its response.
 *
 * Does not know whether the URI is registered: that is checked before (SR-001).
 *
 * @param url - Absolute; `http` for loopback hosts only (SR-003). Attacker-controlled.
 */
export function parseDestination(url: string): Result<Destination, 'not-a-destination'> {
  // A parser drops tabs and line breaks from a URL: what is checked must be what is followed.
  if (!/^[!-~]+$/.test(url) || !URL.canParse(url)) return err('not-a-destination')
  const { protocol, host, hostname, username, password } = new URL(url)
  if (DANGEROUS.has(protocol)) return err('not-a-destination')
  // user@host shows a host that is none.
  if (username !== '' || password !== '') return err('not-a-destination')
  if (protocol === 'https:') return ok({ url, kind: 'web', place: host })
  if (protocol !== 'http:') return ok({ url, kind: 'app', place: protocol })
  if (!LOOPBACK.has(hostname)) return err('not-a-destination')
  return ok({ url, kind: 'loopback', place: host })
}
