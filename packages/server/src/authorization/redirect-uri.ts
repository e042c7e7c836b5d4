import { LOOPBACK } from '../credentials/registrable-uri.ts'
import type { ClientSettings } from '../model/client-settings.ts'

export { isRegistrable } from '../credentials/registrable-uri.ts'

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
  // Five digits are not always a port, and nobody can be sent to what is none.
  if (wanted === undefined || !URL.canParse(requested)) return undefined
  const known = redirectUris.some((uri) => withoutPort(uri) === wanted)
  return known ? requested : undefined
}

function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri)
  return match === null ? undefined : `${match[1] ?? ''}${match[2] ?? ''}`
}
