import type { ClientSettings } from '../model/client-settings.ts'

/**
 * `http` on a loopback address, in the one spelling whose port is free (RFC 8252 §7.3). `localhost` is
 * one of them because MCP clients use it, though a hosts file can lead it elsewhere (RFC 8252 §8.3): the
 * code is worth nothing there without the verifier.
 */
export const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?((?:\/[!-~]*)?)$/

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
