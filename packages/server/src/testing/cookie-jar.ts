/** Cookies as a browser keeps them, as far as an authority can tell (RFC 6265bis). */

/** A jar of one browser. Keyed by name: the tests have one host. */
export interface CookieJar {
  readonly cookies: ReadonlyMap<string, string>
  /** Takes a `Set-Cookie`. @throws for one that a browser would silently drop. */
  take(line: string, url: URL): void
  /** The value of `Cookie`, or undefined without one. */
  header(): string | undefined
  /** Plants a cookie, as a neighbour of the host could. */
  plant(name: string, value: string): void
  /** Takes a cookie away. */
  drop(name: string): void
}

/** An empty jar. */
export function cookieJar(): CookieJar {
  const cookies = new Map<string, string>()
  return {
    cookies,
    take(line, url) {
      const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
      const equals = pair.indexOf('=')
      const name = pair.slice(0, equals)
      const attributes = new Set(rest.map((part) => part.toLowerCase()))
      checkPrefix(name, attributes, url)
      if (attributes.has('max-age=0')) cookies.delete(name)
      else cookies.set(name, pair.slice(equals + 1))
    },
    header: () =>
      cookies.size === 0
        ? undefined
        : [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    plant: (name, value) => void cookies.set(name, value),
    drop: (name) => void cookies.delete(name),
  }
}

function checkPrefix(name: string, attributes: ReadonlySet<string>, { protocol }: URL): void {
  const secure = attributes.has('secure')
  if (secure && protocol !== 'https:') throw new Error(`${name} is Secure, and the page is not`)
  if (!name.startsWith('__Host-')) return
  const domain = [...attributes].some((attribute) => attribute.startsWith('domain='))
  if (!secure || domain || !attributes.has('path=/')) throw new Error(`a browser drops ${name}`)
}
