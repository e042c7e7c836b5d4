import { err, ok, type Result } from '../core/result.ts'
import type { Certificate } from './certificate.ts'
import type { SubjectName } from './general-names.ts'

/** Who a certificate is for. */
export type CertificateIdentity =
  | { readonly kind: 'spiffe'; readonly id: string; readonly trustDomain: string }
  | { readonly kind: 'dns'; readonly names: readonly string[] }

/** Why a certificate names nobody, or too many. */
export type IdentityError = 'none' | 'ambiguous-spiffe' | 'malformed-spiffe'

/** SPIFFE-ID §2: lower case trust domain, a path of plain segments, nothing else of a URI. */
const SPIFFE = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/

/**
 * Reads the one identity of a leaf from its subject alternative names.
 *
 * A SPIFFE id, when there is one; then it must be the only URI (X509-SVID §2). Else the DNS names,
 * lower case, without wildcards: those name hosts, not a caller. The common name is never read. The
 * names come from DER, so that a name with a comma in it is not two names.
 *
 * Checks nothing else: call it with a leaf of {@link validatePath}. That a trust domain belongs to
 * the anchor that vouched is for the caller to compare.
 *
 * @see [X509-SVID §2](https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md)
 */
export function readIdentity({
  extensions,
}: Certificate): Result<CertificateIdentity, IdentityError> {
  const names = extensions.subjectNames?.names ?? []
  const uris = valuesOf(names, 'uri')
  if (uris.some((uri) => /^spiffe:/i.test(uri))) return readSpiffe(uris)
  const hosts = valuesOf(names, 'dns').map((host) => host.toLowerCase())
  const exact = [...new Set(hosts.filter((host) => !host.startsWith('*')))]
  return exact.length === 0 ? err('none') : ok({ kind: 'dns', names: exact })
}

function readSpiffe(uris: readonly string[]): Result<CertificateIdentity, IdentityError> {
  const [id = '', ...others] = uris
  if (others.length > 0) return err('ambiguous-spiffe')
  const [, trustDomain, path] = id.length <= 2048 ? (SPIFFE.exec(id) ?? []) : []
  const relative = path?.split('/').some((segment) => segment === '.' || segment === '..')
  if (trustDomain === undefined || relative !== false) return err('malformed-spiffe')
  return ok({ kind: 'spiffe', id, trustDomain })
}

const valuesOf = (names: readonly SubjectName[], kind: 'dns' | 'uri'): readonly string[] =>
  names.flatMap((name) => (name.kind === kind ? [name.value] : []))
