/**
 * The cookies of the pages. On HTTPS they are `__Host-` cookies: no subdomain, no path and no plain
 * HTTP of the host can write or shadow them (cookie tossing). A plain `http:` issuer, which is for
 * loopback, has cookies without prefix and `Secure`: browsers would take loopback for secure, and
 * disagree about which spelling of it, and clients that are no browser would never send them back.
 *
 * `__Host-` needs `Path=/`. So an issuer with a path, and each tenant, has its path in the name.
 */
import type { Exchange } from '../http/exchange.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** Whose cookies. */
export interface CookieOwner {
  readonly services: Pick<Services, 'brand'>
  readonly tenant: Tenant
}

/** `session`: who signed in. `browser`: which browser began an interaction. */
export type CookieUse = 'session' | 'browser'

/** The name of a cookie: `__Host-cs_session`, or `__Host-cs_session.t.acme` of a tenant. */
export function cookieName({ services, tenant }: CookieOwner, use: CookieUse): string {
  const { protocol, pathname } = new URL(tenant.issuer)
  const place = pathname.replaceAll(/[^\w-]+/g, '.').replace(/\.$/, '')
  return `${protocol === 'https:' ? '__Host-' : ''}${services.brand}_${use}${place}`
}

/** Longer than any value of ours. */
const MAX_VALUE = 100

/**
 * The value of a cookie. Two of one name are none: somebody else wrote one of them, and which one a
 * browser sends first says nothing (RFC 6265 §5.4).
 */
export function readCookie(exchange: Exchange, name: string): string | undefined {
  const pairs = exchange.header('cookie').flatMap((line) => line.split(';'))
  const found = pairs.map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${name}=`))
  const value = found[0]?.slice(name.length + 1)
  return found.length === 1 && value !== undefined && value.length <= MAX_VALUE ? value : undefined
}

/** A `Set-Cookie` that lasts as long as the browser; an empty value takes the cookie away. */
export function setCookie(
  owner: CookieOwner,
  use: CookieUse,
  value: string,
): readonly [string, string] {
  const secure = owner.tenant.issuer.startsWith('https:') ? '; Secure' : ''
  const age = value === '' ? '; Max-Age=0' : ''
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure}${age}`
  return ['set-cookie', `${cookieName(owner, use)}=${value}${attributes}`]
}
