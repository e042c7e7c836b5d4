import { assertConfig, parseNetwork, type Clock } from 'countersign'
import {
  TrustStore,
  type CertificateOrigin,
  type CertificateProxy,
  type TrustBundle,
} from 'countersign/mtls'
import type { Logger } from 'pino'
import {
  resolveCertificates,
  type CertificateOptions,
  type ResolvedCertificates,
} from './certificate-authority/options.ts'
import { assertIssuer } from './config/issuer.ts'
import type { DetailTypes } from './authorization/detail-types.ts'
import type { MasterSecrets } from './context.ts'
import type { Outbound } from './http/outbound.ts'
import { resolveSigningRules, type SigningRules } from './keys/rules.ts'
import { seal } from './keys/seal.ts'
import type { Store } from './model/store.ts'
import type { RedisStore } from './stores/redis/index.ts'
import { resolveLook, type LookOptions, type ResolvedLook } from './pages/look.ts'
import { profileOf, type Profile } from './profiles/profile.ts'
import { resolveSignIn, type SignInOptions, type SignInWays } from './interactions/ways/options.ts'
import { resolveSessions, type SessionLifetimes } from './sessions/lifetime.ts'
import {
  resolveTrustedIssuers,
  type ResolvedIssuer,
  type TrustedIssuer,
} from './trusted-issuers/options.ts'
import { carefulChild, makeLogger } from './operations/log.ts'
import {
  resolveMetadataDocuments,
  resolveRegistration,
  type MetadataDocumentOptions,
  type RegistrationOptions,
  type ResolvedRegistration,
} from './registration/terms.ts'

/** What an authority is made of. */
export interface AuthorityOptions {
  /**
   * The issuer identifier and base URL, exactly as clients and verifiers write it, without a
   * trailing slash. No default: tokens are worth what this name is.
   */
  readonly issuer: string
  readonly store: Store
  readonly secrets: MasterSecrets
  /** First part of API keys, tokens and client secrets. @defaultValue `cs` */
  readonly brand?: string
  /**
   * The APIs that this authority decides requests for (`POST /v1/verify`, gateways), as their tokens
   * name them. @defaultValue the issuer alone
   */
  readonly audience?: string | readonly string[]
  /** A small CA for certificates of principals. @defaultValue none */
  readonly certificates?: CertificateOptions
  /**
   * How strict the OAuth endpoints are: `oauth21`, `fapi2`, or `legacy`, whose weakenings are logged
   * at the start. @defaultValue `oauth21`
   */
  readonly profile?: Profile['name']
  /** What people see of it: the name of the service, colours, words. @defaultValue `Countersign` */
  readonly look?: LookOptions
  /** How long people stay signed in. */
  readonly sessions?: Partial<SessionLifetimes>
  /** How people sign in. @defaultValue by user name and password, on our page */
  readonly signIn?: SignInOptions
  /**
   * Rules for `authorization_details` (RFC 9396): each judges a detail of its type, and answers what
   * is to be granted. Which types a client may ask for is in its registration.
   *
   * @defaultValue details are taken as they are
   */
  readonly authorizationDetails?: { readonly types: DetailTypes }
  /** Lets clients register themselves (RFC 7591 and 7592). @defaultValue they cannot */
  readonly registration?: RegistrationOptions
  /**
   * Takes clients whose `client_id` is the URL of a document about them (Client ID Metadata
   * Documents). @defaultValue they are unknown
   */
  readonly clientIdMetadataDocuments?: MetadataDocumentOptions
  /** How signing keys live. */
  readonly signing?: Partial<SigningRules>
  /** How long verdicts may outlive a store that cannot be read, in seconds. @defaultValue 10 */
  readonly maxStalenessSeconds?: number
  /** Addresses of proxies whose forwarded headers are believed. @defaultValue none */
  readonly trustedProxies?: readonly string[]
  /** Certificates of clients, everywhere that this authority asks for one. */
  readonly clientCertificates?: {
    /**
     * The proxy that ends TLS and says which certificate a client has.
     *
     * @defaultValue the certificate of the connection to this process
     */
    readonly from?: CertificateProxy
    /**
     * Authorities that vouch for OAuth clients with `tls_client_auth`, beside the small CA.
     *
     * @defaultValue none
     */
    readonly trust?: readonly TrustBundle[]
    /**
     * Base URL where clients with certificates connect, without a trailing slash, for a listener of
     * its own: browsers ask people for a certificate wherever a server does. Discovery names it
     * (`mtls_endpoint_aliases`).
     *
     * @defaultValue the issuer
     */
    readonly url?: string
  }
  /** DPoP at the token endpoint. */
  readonly dpop?: {
    /**
     * Ask for a nonce of ours in every proof (RFC 9449 §8), so that none can be made in advance. Costs
     * clients one refusal at first.
     *
     * @defaultValue false
     */
    readonly requireNonce?: boolean
  }
  /**
   * Host names that may be private addresses when a document that a client names is fetched, such as
   * its `jwksUri`: services of one's own network.
   *
   * @defaultValue none
   */
  readonly allowPrivateHosts?: readonly string[]
  /**
   * Issuers whose word about people is taken, for the JWT bearer grant and as subjects of exchanges.
   *
   * @defaultValue none
   */
  readonly trustedIssuers?: readonly TrustedIssuer[]
  /**
   * Where limits are counted and single uses remembered; see `openRedis`. It stays open: it was given.
   *
   * @defaultValue the store
   */
  readonly redis?: RedisStore
  /** @defaultValue pino on standard output, level `info` */
  readonly logger?: Logger
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Ways to be less strict; each is a risk. */
  readonly unsafe?: {
    /** An `http:` issuer outside this machine: secrets and tokens cross the network in clear. */
    readonly allowHttp?: boolean
    /**
     * Accept proofs and signatures that were made before the database was, for development: a
     * database that was lost and made anew would take them a second time.
     */
    readonly noReplayFence?: boolean
  }
}

/** {@link AuthorityOptions}, complete and checked. */
export interface ResolvedAuthority {
  readonly issuer: string
  readonly store: Store
  readonly secrets: MasterSecrets
  readonly brand: string
  readonly audience: readonly string[]
  readonly profile: Profile
  readonly look: ResolvedLook
  readonly sessions: SessionLifetimes
  readonly signIn: SignInWays
  readonly detailTypes: DetailTypes
  /** Undefined: clients cannot register themselves. */
  readonly registration: ResolvedRegistration | undefined
  /** Undefined: a URL is no client. */
  readonly clientIdMetadataDocuments: MetadataDocumentOptions | undefined
  readonly signing: SigningRules
  readonly certificates: ResolvedCertificates | undefined
  readonly maxStalenessSeconds: number
  readonly trustedProxies: readonly string[]
  /** Where client certificates come from. */
  readonly certificateOrigin: CertificateOrigin
  /** Undefined: nobody but the small CA. */
  readonly clientTrust: TrustStore | undefined
  readonly mtlsUrl: string | undefined
  readonly dpopNonces: boolean
  readonly outbound: Outbound
  readonly trustedIssuers: readonly ResolvedIssuer[]
  /** Whether what was signed before the database began is refused. */
  readonly replayFence: boolean
  /** Undefined: the store does it. */
  readonly redis: RedisStore | undefined
  readonly log: Logger
  readonly clock: Clock
}

/** Completes and checks the options once. @throws `ConfigError` naming the option and the fix. */
export function resolveAuthority(options: AuthorityOptions): ResolvedAuthority {
  assertIssuer(options.issuer, options.unsafe?.allowHttp === true)
  checkSecrets(options.secrets)
  const { trustedProxies = [], logger, certificates } = options
  for (const proxy of trustedProxies) parseNetwork(proxy)
  const { url: mtlsUrl } = options.clientCertificates ?? {}
  assertConfig(
    mtlsUrl === undefined || /^https:\/\/[^?#]*[^/?#]$/.test(mtlsUrl),
    'CS_CONFIG_MTLS_URL',
    'clientCertificates.url: an https: URL without a trailing slash',
  )
  return Object.freeze({
    issuer: options.issuer,
    store: options.store,
    secrets: options.secrets,
    brand: options.brand ?? 'cs',
    audience: [options.audience ?? options.issuer].flat(),
    profile: profileOf(options.profile),
    look: resolveLook(options.look ?? { name: 'Countersign' }),
    sessions: resolveSessions(options.sessions),
    signIn: resolveSignIn(options.signIn),
    detailTypes: options.authorizationDetails?.types ?? {},
    ...strangersOf(options),
    signing: resolveSigningRules(options.signing),
    certificates: certificates === undefined ? undefined : resolveCertificates(certificates),
    maxStalenessSeconds: options.maxStalenessSeconds ?? 10,
    trustedProxies,
    certificateOrigin: options.clientCertificates?.from ?? 'connection',
    clientTrust: trustOf(options.clientCertificates?.trust ?? []),
    mtlsUrl,
    dpopNonces: options.dpop?.requireNonce === true,
    outbound: {
      allowPrivateHosts: options.allowPrivateHosts ?? [],
      allowHttp: options.unsafe?.allowHttp === true,
    },
    trustedIssuers: resolveTrustedIssuers(options.trustedIssuers),
    replayFence: options.unsafe?.noReplayFence !== true,
    redis: options.redis,
    log: logger === undefined ? makeLogger() : carefulChild(logger),
    clock: options.clock ?? Date.now,
  })
}

const strangersOf = ({
  registration,
  clientIdMetadataDocuments: documents,
}: AuthorityOptions): Pick<ResolvedAuthority, 'registration' | 'clientIdMetadataDocuments'> => ({
  registration: registration === undefined ? undefined : resolveRegistration(registration),
  clientIdMetadataDocuments:
    documents === undefined ? undefined : resolveMetadataDocuments(documents),
})

const trustOf = (bundles: readonly TrustBundle[]): TrustStore | undefined =>
  bundles.length === 0 ? undefined : new TrustStore(bundles)

function checkSecrets({ peppers, keks }: MasterSecrets): void {
  assertConfig(
    peppers.size > 0,
    'CS_CONFIG_PEPPERS_EMPTY',
    'secrets.peppers: name at least one version',
  )
  assertConfig(keks.size > 0, 'CS_CONFIG_KEKS_EMPTY', 'secrets.keks: name at least one version')
  // Tried now: a key of the wrong size is found at the start, not at the first rotation.
  seal(keks, 'probe', 'probe')
}
