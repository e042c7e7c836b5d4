import type { ClientSettings } from '../model/client-settings.ts'

/** `http` on a loopback address, in the one spelling whose port is free (RFC 8252 §7.3). */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::\d{1,5})?((?:\/[!-~]*)?)$/

/**
 * The redirect URI of a request, if it is one that is registered: the very string, or for a native
 * client the same loopback address and path on another port (SR-001). Without one in the request,
 * the only one that is registered.
 *
 * Strings are compared and nothing is parsed: a parser forgives what another one takes for a host.
 *
 * @param requested - Attacker-controlled.
 * @see [RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)
 */
export function matchRedirectUri(
  { redirectUris, applicationType }: Pick<ClientSettings, 'redirectUris' | 'applicationType'>,
  requested: string | undefined,
): string | undefined {
  if (requested === undefined) return redirectUris.length === 1 ? redirectUris[0] : undefined
  if (redirectUris.includes(requested)) return requested
  if (applicationType !== 'native') return undefined
  const wanted = withoutPort(requested)
  const known = wanted !== undefined && redirectUris.some((uri) => withoutPort(uri) === wanted)
  return known ? requested : undefined
}

function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri)
  return match === null ? undefined : `${match[1] ?? ''}${match[2] ?? ''}`
}

/** A scheme of an application's own is a reversed domain name, and so nobody else's (RFC 8252 §7.1). */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/

/**
 * Reports whether a URI can be registered: absolute, without fragment or user, HTTPS; for native
 * clients also loopback and private schemes (SR-003).
 */
export function isRegistrable(
  uri: string,
  applicationType: ClientSettings['applicationType'],
): boolean {
  if (!/^[!-~]{1,2000}$/.test(uri) || uri.includes('#') || uri.includes('\\')) return false
  if (!URL.canParse(uri)) return false
  const { protocol, username, password, hostname } = new URL(uri)
  if (username !== '' || password !== '') return false
  // A wildcard would be compared as the string it is; whoever writes one means something else.
  if (protocol === 'https:') return hostname !== '' && !hostname.includes('*')
  if (applicationType !== 'native') return false
  return LOOPBACK.test(uri) || PRIVATE_SCHEME.test(uri)
}
