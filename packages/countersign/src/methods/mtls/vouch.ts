import { UnavailableError } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { PeerCertificate } from '../../core/request.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { parseCertificate, parseIntermediates, type Certificate } from '../../x509/certificate.ts'
import type { SubjectName } from '../../x509/general-names.ts'
import { readIdentity } from '../../x509/identity.ts'
import { validatePath, type ValidPath } from '../../x509/path.ts'
import type { PathError } from '../../x509/path-error.ts'
import type { ResolvedBundle } from './bundle.ts'
import { denialKey, pathDenialKeys, thumbprintOf } from './denial.ts'
import type { TrustStore } from './trust.ts'

/** A certificate that an authority of ours vouches for. Who it is for is for the caller to compare. */
export interface VouchedCertificate {
  /** `x5t#S256` */
  readonly thumbprint: string
  /** Its subject alternative names, as its DER has them. */
  readonly names: readonly SubjectName[]
  readonly trustDomain: string
}

/** Why nobody vouches for a certificate. */
export type VouchError = PathError | 'malformed' | 'denied'

/** The operator's lists are missing or old: that is no fault of the client, and no reason to accept. */
const UNANSWERED: readonly PathError[] = ['crl-missing', 'crl-stale', 'crl-invalid']

/**
 * Answers whether a trusted authority vouches for a client certificate, for callers that have names
 * of their own to compare, such as `tls_client_auth`. Checks, in order: form, path to an authority of
 * any bundle (for a SPIFFE id, of its own trust domain), deny list.
 *
 * Does not compare a name, and does not check that the peer holds the key: TLS did. Remembers
 * nothing but good signatures of the authorities themselves.
 *
 * @param peer - What the client presented. Attacker-controlled.
 * @param now - Seconds since the epoch.
 * @throws {@link UnavailableError} without a current revocation list where lists are asked.
 * @see [RFC 8705 §2.1](https://www.rfc-editor.org/rfc/rfc8705#section-2.1)
 */
export function vouchedCertificate(
  trust: TrustStore,
  peer: PeerCertificate,
  now: number,
): MaybePromise<Result<VouchedCertificate, VouchError>> {
  const read = parseCertificate(peer.der)
  if (!read.ok) return err('malformed')
  const leaf = read.value
  const question = { trust, leaf, sent: parseIntermediates(peer.chain), now }
  return ask(question, bundlesFor(trust, leaf), 'no-path')
}

interface Question {
  readonly trust: TrustStore
  readonly leaf: Certificate
  readonly sent: readonly Certificate[]
  readonly now: number
}

/** A SPIFFE id is for its own trust domain to vouch for; other names do not tell which. */
function bundlesFor(trust: TrustStore, leaf: Certificate): readonly ResolvedBundle[] {
  const identity = readIdentity(leaf)
  if (!identity.ok || identity.value.kind !== 'spiffe') {
    // Two SPIFFE ids, or half of one: no name of such a certificate is worth anything.
    const unclear = !identity.ok && identity.error !== 'none'
    return unclear ? [] : trust.bundles
  }
  const own = trust.bundle(identity.value.trustDomain)
  return own === undefined ? [] : [own]
}

/** Asks one bundle after the other; the first path decides, else the first refusal. */
function ask(
  question: Question,
  [bundle, ...others]: readonly ResolvedBundle[],
  refused: VouchError,
): MaybePromise<Result<VouchedCertificate, VouchError>> {
  if (bundle === undefined) return err(refused)
  const { leaf, sent, now } = question
  const path = validatePath({
    leaf,
    intermediates: [...sent, ...bundle.intermediates],
    anchors: bundle.trusted,
    at: now,
    purpose: 'client',
    ...(bundle.crls === undefined ? {} : { crls: bundle.crls }),
    ...(bundle.crlPolicy === undefined ? {} : { crlPolicy: bundle.crlPolicy }),
  })
  return map(path, (found) => {
    if (found.ok) return admit(question, bundle, found.value)
    const { reason, detail } = found.error
    if (UNANSWERED.includes(reason)) {
      throw new UnavailableError('crl', `revocation lists of ${bundle.trustDomain}: ${detail}`)
    }
    return ask(question, others, refused === 'no-path' ? reason : refused)
  })
}

function admit(
  { trust, leaf }: Question,
  { trustDomain }: ResolvedBundle,
  { chain }: ValidPath,
): MaybePromise<Result<VouchedCertificate, VouchError>> {
  const names = leaf.extensions.subjectNames?.names ?? []
  const identities = names.flatMap((name) =>
    name.kind === 'dns' || name.kind === 'uri'
      ? [denialKey({ kind: 'identity', trustDomain, identity: name.value })]
      : [],
  )
  return map(pathDenialKeys(chain, trustDomain), (keys) =>
    trust.isDenied([...identities, ...keys])
      ? err('denied')
      : map(thumbprintOf(leaf.der), (thumbprint) => ok({ thumbprint, names, trustDomain })),
  )
}
