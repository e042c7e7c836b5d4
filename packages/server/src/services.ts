import type { Guard, LimitStore, Network } from 'countersign'
import type { DpopPolicy } from 'countersign/dpop'
import type { CertificateOrigin, CertificateReader, TrustStore } from 'countersign/mtls'
import type { DetailTypes } from './authorization/detail-types.ts'
import type { ManagedCertificates } from './certificate-authority/stored-certificates.ts'
import type { ClientKeySets } from './client-auth/client-keys.ts'
import type { ClientFailures } from './client-auth/failures.ts'
import type { AuthorityContext } from './context.ts'
import type { ClientSecretVerifier } from './credentials/client-secret-verifier.ts'
import type { Outbound } from './http/outbound.ts'
import type { SigningRules } from './keys/rules.ts'
import type { DeviceLimits } from './grants/device/limits.ts'
import type { ManagedSigningKeys } from './keys/signing-keys.ts'
import type { Metrics } from './operations/metrics.ts'
import type { ResolvedLook } from './pages/look.ts'
import type { Readiness } from './operations/readiness.ts'
import type { SignInFailures } from './interactions/failures.ts'
import type { SignInWays } from './interactions/ways/options.ts'
import type { SessionLifetimes } from './sessions/lifetime.ts'
import type { MetadataDocuments } from './registration/metadata-documents.ts'
import type { RegistrationDesk } from './registration/desk.ts'
import type { StoredReplay } from './replay/stored-replay.ts'
import type { ResolvedIssuer } from './trusted-issuers/options.ts'
import type { TenantDirectory } from './tenants/directory.ts'
import type { TokenReader } from './tokens/read.ts'
import type { LastUsed } from './usage/last-used.ts'

/** What the endpoints stand on, beside the context that every part is given. */
export interface Services extends AuthorityContext {
  readonly signing: SigningRules
  /** How its pages look and speak. */
  readonly look: ResolvedLook
  /** How long people stay signed in. */
  readonly sessions: SessionLifetimes
  /** How people sign in, beside our password page. */
  readonly signIn: SignInWays
  /** Counts failed sign-ins. */
  readonly signInFailures: SignInFailures
  readonly signingKeys: ManagedSigningKeys
  readonly tenants: TenantDirectory
  readonly tokens: TokenReader
  /** As configured; {@link Services.proxies} is the same, parsed. */
  readonly trustedProxies: readonly string[]
  readonly proxies: readonly Network[]
  readonly clientFailures: ClientFailures
  /** Issuers whose word about people is taken. */
  readonly trustedIssuers: readonly ResolvedIssuer[]
  /** Bounds guesses at user codes, and polls of devices. */
  readonly devices: DeviceLimits
  readonly verifyClientSecret: ClientSecretVerifier
  /** Decides who may call the management API and introspection by API key. */
  readonly callers: Guard
  readonly lastUsed: LastUsed
  /** Counts for all processes together. */
  readonly limits: LimitStore
  /** Remembers what may be used once, for all processes on the store. */
  readonly replay: StoredReplay
  /** Where client certificates come from. */
  readonly certificateOrigin: CertificateOrigin
  /** Finds the certificate that the client of a request presented. */
  readonly clientCertificate: CertificateReader
  /** Who may vouch for the certificates of clients (`tls_client_auth`). */
  readonly clientTrust: readonly TrustStore[]
  /** Where documents that clients name may be fetched from. */
  readonly outbound: Outbound
  /** The keys of clients; ask `keysOfClient`. */
  readonly clientKeys: ClientKeySets
  /** Where clients with certificates connect, if not where the others do. */
  readonly mtlsUrl: string | undefined
  /** The operator's rules for `authorization_details`. */
  readonly detailTypes: DetailTypes
  /** Registration by clients themselves; undefined where they cannot. */
  readonly registration: RegistrationDesk | undefined
  /** Clients that a document describes; undefined where a URL is no client. */
  readonly metadataDocuments: MetadataDocuments | undefined
  /** How proofs at the token endpoint are verified. */
  readonly dpop: DpopPolicy
  /** The small CA; undefined where none is configured. */
  readonly certificates: ManagedCertificates | undefined
  readonly metrics: Metrics
  readonly readiness: Readiness
}
