import type { Result } from 'countersign'
import type { Identify, TrustStore } from 'countersign/mtls'
import type { Crl } from './crl.ts'
import type { TrustAnchor } from './trust-bundle.ts'

/** A certificate for a listener of this process, with its key. */
export interface ServerCertificate {
  /** PEM: the certificate, and the CAs in between if there are any. */
  readonly chain: string
  /** PKCS#8, PEM. Made here and kept in memory only. */
  readonly privateKey: string
  /** Seconds since the epoch. */
  readonly notBefore: number
  /** Seconds since the epoch: renew at half of the life. */
  readonly notAfter: number
}

/** The bundle of an installation, as verifiers are told it. */
export interface TrustView {
  /** Grows by every change of the set. */
  readonly sequence: number
  readonly anchors: readonly TrustAnchor[]
}

/**
 * The small CA of an installation on its store: one trust domain, whose CAs follow each other. What
 * it issues is a credential of a principal, recorded before it is handed out.
 */
export interface Certificates {
  readonly trustDomain: string
  /** For the `mtls` method: who is believed now. Kept in step with the store. */
  readonly trust: TrustStore
  /** For the `mtls` method: the record of the very certificate; one without a record is nobody. */
  identify(tenant?: string): Identify
  view(): Promise<TrustView>
  /** The current list of an anchor (by its id; the active one without), signed anew when it is old or something was revoked since. */
  crl(anchorId?: string): Promise<Result<Crl, 'no-such-ca'>>
  /** A certificate for a listener of this process: the names must be inside the domains of the CA. */
  issueForServer(dnsNames: readonly string[]): Promise<ServerCertificate>
  /** Calls back after the set of trusted CAs changed, or a certificate was revoked. Returns the way to stop. */
  onChange(listener: () => void): () => void
  /** Makes and moves CAs whose time has come. Called at the start and by the housekeeper. */
  advance(now: number): Promise<void>
}
