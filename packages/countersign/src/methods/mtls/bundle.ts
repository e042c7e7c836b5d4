import { assertConfig, ConfigError } from '../../core/errors.ts'
import { parseCertificate, type Certificate } from '../../x509/certificate.ts'
import { parseCrl, type Crl } from '../../x509/crl.ts'
import type { CrlPolicy } from '../../x509/revocation.ts'

/**
 * Where an authority is in its life. `planned`: handed out, not believed yet. `active`: believed.
 * `retiring`: believed, and its successor issues already. `removed`: not believed any more; it stays
 * in the list so that its last use stays known.
 */
export type AnchorState = 'planned' | 'active' | 'retiring' | 'removed'

/** An authority that may vouch for the identities of its trust domain. */
export interface TrustAnchor {
  /** What people call it: `corp-2026`. */
  readonly name: string
  /** DER. */
  readonly certificate: Uint8Array
  readonly state: AnchorState
}

/**
 * Who is believed about one trust domain, and nothing outside of it: an authority of one domain
 * never vouches for an identity of another one.
 */
export interface TrustBundle {
  /** As in SPIFFE ids: lower case. A name of one's own, where identities are DNS names. */
  readonly trustDomain: string
  /** Several, while one replaces another. */
  readonly anchors: readonly TrustAnchor[]
  /** DER: authorities in between that clients or proxies do not send. Not trusted by themselves. */
  readonly intermediates?: readonly Uint8Array[]
  /** DER. With lists, every authority of a path needs one. @defaultValue revocation lists are not asked */
  readonly crls?: readonly Uint8Array[]
  /** @defaultValue without a current list nothing is accepted, which is a 503 */
  readonly crlPolicy?: CrlPolicy
}

/** An authority, read. */
export interface ResolvedAnchor extends TrustAnchor {
  readonly parsed: Certificate
}

/** A bundle, read. Kept for as long as it is trusted: good signatures are remembered by object. */
export interface ResolvedBundle {
  readonly trustDomain: string
  readonly anchors: readonly ResolvedAnchor[]
  /** Those that are believed now. */
  readonly trusted: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  readonly crls: readonly Crl[] | undefined
  readonly crlPolicy: CrlPolicy | undefined
}

const BELIEVED: readonly AnchorState[] = ['active', 'retiring']
const STATES: readonly AnchorState[] = ['planned', 'removed', ...BELIEVED]

/** Reads a bundle. @throws {@link ConfigError} for what cannot be read, or has two anchors of a name. */
export function resolveBundle(bundle: TrustBundle): ResolvedBundle {
  const { trustDomain, crls, crlPolicy } = bundle
  assertConfig(
    /^[a-z0-9._-]{1,255}$/.test(trustDomain),
    'CS_CONFIG_MTLS_TRUST_DOMAIN',
    'mtls: trustDomain is of lower case letters, digits, dots, dashes and underscores',
  )
  const names = new Set(bundle.anchors.map(({ name }) => name))
  assertConfig(
    names.size === bundle.anchors.length && bundle.anchors.every(isNamed),
    'CS_CONFIG_MTLS_ANCHOR',
    `mtls: the anchors of ${trustDomain} need a name each, and a state of ${STATES.join(', ')}`,
  )
  const anchors = bundle.anchors.map((anchor) => ({
    ...anchor,
    parsed: read(parseCertificate(anchor.certificate), `anchor ${anchor.name}`),
  }))
  return {
    trustDomain,
    anchors,
    trusted: anchors.flatMap(({ state, parsed }) => (BELIEVED.includes(state) ? [parsed] : [])),
    intermediates: (bundle.intermediates ?? []).map((der) =>
      read(parseCertificate(der), `an intermediate of ${trustDomain}`),
    ),
    crls: crls?.map((der) => read(parseCrl(der), `a CRL of ${trustDomain}`)),
    crlPolicy,
  }
}

const isNamed = ({ name, state }: TrustAnchor): boolean => name !== '' && STATES.includes(state)

type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

function read<T>(parsed: Parsed<T>, what: string): T {
  if (parsed.ok) return parsed.value
  throw new ConfigError('CS_CONFIG_MTLS_CERTIFICATE', `mtls: ${what}: ${parsed.error}`)
}
