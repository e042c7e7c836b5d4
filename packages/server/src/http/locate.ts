import { DEFAULT_TENANT } from '../tenants/directory.ts'
import { WELL_KNOWN } from './routes.ts'

/** What a path names. */
export interface Place {
  /** Attacker-controlled; not yet known to exist. */
  readonly tenant: string
  /** The path below the tenant's base. */
  readonly path: string
}

/**
 * Splits a path into tenant and the rest.
 *
 * `/oauth/token`, `/t/acme/oauth/token`, `/.well-known/oauth-authorization-server/t/acme`; each also
 * below `base`, the path of the issuer, with or without it in front: a framework that mounts the
 * authority may have cut it off. A tenant has one spelling: `/t/default` is nothing.
 *
 * @param path - Attacker-controlled, as sent: neither decoded nor normalised.
 * @see [RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1) path insertion
 */
export function locate(path: string, base: string): Place | undefined {
  for (const document of WELL_KNOWN) {
    if (!path.startsWith(`${document}/`)) continue
    const place = splitTenant(cutBase(path.slice(document.length), base))
    return place !== undefined && (place.path === '' || place.path === '/')
      ? { tenant: place.tenant, path: document }
      : undefined
  }
  return splitTenant(cutBase(path, base))
}

function cutBase(path: string, base: string): string {
  if (base === '' || !path.startsWith(base)) return path
  const rest = path.slice(base.length)
  return rest === '' || rest.startsWith('/') ? rest : path
}

function splitTenant(path: string): Place | undefined {
  if (!path.startsWith('/t/')) return { tenant: DEFAULT_TENANT, path }
  const slash = path.indexOf('/', 3)
  const tenant = slash < 0 ? path.slice(3) : path.slice(3, slash)
  if (tenant === DEFAULT_TENANT) return undefined
  return { tenant, path: slash < 0 ? '' : path.slice(slash) }
}
