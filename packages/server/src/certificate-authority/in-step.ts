/** How the trust of this process follows the store. */
import type { Revocation } from 'countersign'
import type { TrustBundle } from 'countersign/mtls'
import type { CertificateAuthorityRecord } from '../model/records.ts'

/**
 * The CAs as the `mtls` method believes them. A planned one is believed already: another process may
 * let it sign a moment before this one reads of it, and every certificate is looked up anyway.
 */
export const trustBundleOf = (
  trustDomain: string,
  records: readonly CertificateAuthorityRecord[],
): TrustBundle => ({
  trustDomain,
  anchors: records.map(({ id, certificate, state }) => ({
    name: id,
    certificate,
    state: state === 'planned' ? 'active' : state,
  })),
})

/** Reports whether two bundles of one trust domain believe the same CAs. */
export const isSameTrust = (
  left: Pick<TrustBundle, 'anchors'> | undefined,
  right: Pick<TrustBundle, 'anchors'>,
): boolean => left !== undefined && fingerprint(left) === fingerprint(right)

const fingerprint = ({ anchors }: Pick<TrustBundle, 'anchors'>): string =>
  anchors.map(({ name, state }) => `${name} ${state}`).join()

/** `x5t#S256`: 32 bytes in base64url. Ids of other credentials are shorter. */
const THUMBPRINT = /^[\w-]{43}$/

/** Reports whether a revocation ends certificates for good: live connections are looked at again. */
export function endsCertificates({ kind, subject, issuedBefore }: EndingRevocation): boolean {
  if (issuedBefore !== undefined) return false
  return (
    kind === 'principal' || kind === 'tenant' || (kind === 'credential' && THUMBPRINT.test(subject))
  )
}

type EndingRevocation = Pick<Revocation, 'kind' | 'subject' | 'issuedBefore'>
