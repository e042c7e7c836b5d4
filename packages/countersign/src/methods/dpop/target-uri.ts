/**
 * Absolute, http or https, an authority without user information (RFC 3986 §3.2), a path of visible
 * ASCII without `\`, which browsers read as `/`. Query and fragment are cut off.
 */
const ABSOLUTE = /^(https?):\/\/([\w\-.~%!$&'()*+,;=:[\]]+)(\/[!-"$->@-[\]-~]*)?(?:[?#].*)?$/is
const DEFAULT_PORT = { http: /:(?:80)?$/, https: /:(?:443)?$/ } as const
const ENCODED = /%([0-9a-f]{2})/gi
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** A target URI in its normal form, in two parts. */
export interface TargetUri {
  /** `https://api.example`: in lower case, without the default port. */
  readonly origin: string
  readonly path: string
}

/**
 * Brings a URI into the one form in which `htu` is compared, without query and fragment. Undefined
 * for what is no absolute http or https URI.
 *
 * Case of scheme and host, the default port, an empty path and percent-encoding are made equal, each
 * once (RFC 3986 §6.2.2, §6.2.3): `%2541` stays `%2541`. Dot segments and empty ones are left as
 * they are: a router may read them otherwise than we would, and a proof is for what was sent.
 *
 * @param uri - Attacker-controlled.
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3) check 9
 */
export function parseTargetUri(uri: string): TargetUri | undefined {
  const [, scheme = '', authority = '', path = '/'] = ABSOLUTE.exec(uri) ?? []
  if (scheme === '') return undefined
  const lower = scheme.toLowerCase() === 'https' ? 'https' : 'http'
  const host = authority.toLowerCase().replace(DEFAULT_PORT[lower], '')
  return host === '' ? undefined : { origin: `${lower}://${host}`, path: normalPath(path) }
}

const normalPath = (path: string): string =>
  path.includes('%') ? path.replaceAll(ENCODED, normalOctet) : path

function normalOctet(encoded: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16))
  return UNRESERVED.test(character) ? character : encoded.toUpperCase()
}
