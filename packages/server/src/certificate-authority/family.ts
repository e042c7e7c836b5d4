/** The CAs of an installation as one process knows them. */
import { Secret } from 'countersign'
import { openCa, type CertificateAuthority } from '../certificates/authority.ts'
import { unseal, type KekRing } from '../keys/seal.ts'
import type { CertificateAuthorityRecord } from '../model/records.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'

/** The rows of all CAs: one family serves every tenant. */
export const FAMILY_TENANT = DEFAULT_TENANT

/** What was read of the CAs, for `reloadSeconds`. */
export interface Family {
  /** Never newer than the records: whoever has the sequence has at least this set. */
  readonly sequence: number
  readonly records: readonly CertificateAuthorityRecord[]
  /** Seconds since the epoch. */
  readonly loadedAt: number
}

/** A CA that signs now. */
export interface SigningAuthority {
  readonly id: string
  readonly ca: CertificateAuthority
  /** Every CA, this one among them. */
  readonly records: readonly CertificateAuthorityRecord[]
}

/** Where a sealed private key belongs; see {@link unseal}. */
export const caPlace = (id: string): string => `certificate-authority/${FAMILY_TENANT}/${id}`

/**
 * Opens a CA that has not been removed.
 *
 * @throws `ConfigError` when its key-encryption key is not configured.
 */
export function openRecord(
  keks: KekRing,
  { id, certificate, sealedPrivateKey }: CertificateAuthorityRecord,
): CertificateAuthority {
  const privateKey = new Secret(unseal(keks, sealedPrivateKey, caPlace(id)))
  return openCa({ certificate, privateKey })
}
