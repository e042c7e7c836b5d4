import { DEFAULTS } from '../core/defaults.ts'
import { assertConfig } from '../core/errors.ts'
import type { Method } from '../core/method.ts'
import type { Revocations } from '../core/revocation.ts'
import { remoteKeySet, type RemoteKeySet } from '../jose/remote-key-set.ts'
import { apiKey } from '../methods/api-key/verify.ts'
import { basic } from '../methods/basic/verify.ts'
import type { SigningKeySource } from '../methods/http-signature/source.ts'
import { jwt } from '../methods/jwt/verify.ts'
import { opaque } from '../methods/opaque/verify.ts'
import type { SigV4Source } from '../methods/sigv4/source.ts'
import { FeedClient } from './feed.ts'
import {
  resolveAuthorityClient,
  type AuthorityClientOptions,
  type RemoteMethod,
  type ResolvedAuthorityClient,
} from './options.ts'
import { remoteDayKeys, remoteSigningKeys } from './remote-keys.ts'
import { verifyRemoteKey, verifyRemotePassword } from './remote-verify.ts'
import type { VerifyEndpoint } from './verify-endpoint.ts'

/** The regions and services whose day keys a verifier asks for. */
export interface DayKeyScope {
  readonly region: string | readonly string[]
  readonly service: string | readonly string[]
}

/** A connection to an authority. */
export interface AuthorityClient extends AsyncDisposable {
  /** For `guard({ methods })`. */
  readonly methods: readonly Method[]
  /** For methods of one's own, and for metrics: how fresh the feed is. */
  readonly revocations: Revocations
  /**
   * The public keys of the authority's signing credentials, for `httpSignature` with
   * {@link AuthorityClient.revocations} beside it. HMAC keys are not among them: their secrets stay
   * at the authority, and `hmac-sha256` here is a {@link ConfigError} of `httpSignature`.
   *
   * Needs no scope beside `countersign:verify`: it gives no secret.
   */
  signingKeys(): SigningKeySource
  /**
   * The HMAC keys of the authority as access keys, for `sigv4`. Of each it gives, and leases, the
   * key of the day, region and service that is asked for; the secret stays at the authority.
   *
   * The credential needs `countersign:day-keys:<region>:<service>` as well: whoever holds a day key
   * can sign with it, too.
   *
   * @throws {@link ConfigError} when it names no region or no service.
   */
  sigv4(scope: DayKeyScope): SigV4Source
  /** Why the last connection of the feed ended; undefined while none did. For the operator. */
  readonly lastFailure: string | undefined
  /**
   * Resolves when the first snapshot and the keys are here; until then everything is refused with
   * 503. Wait for it before the load balancer is told.
   *
   * @throws {@link UnavailableError} when the authority refuses the credential or has no keys.
   */
  ready(): Promise<void>
  /** Hangs up. Everything is refused with 503 from now on; the process may end. */
  close(): Promise<void>
}

/**
 * Connects to a running authority and gives the methods that accept what it issues.
 *
 * JWTs are verified here, without a look-up. API keys, opaque tokens and passwords are asked for
 * once and leased. A revocation reaches all of them by the change feed; when the feed is silent,
 * nothing is accepted after `maxStalenessSeconds`.
 *
 * Holds a connection open, and with it the process, until {@link AuthorityClient.close}.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const remote = authority({ issuer, audience, algorithms: ['ES256'], credential })
 * const desk = guard({ methods: remote.methods })
 * await remote.ready()
 * ```
 */
export function authority(options: AuthorityClientOptions): AuthorityClient {
  const policy = resolveAuthorityClient(options)
  const { base, allowPrivateHosts, allowHttp, clock } = policy
  const unsafe = { allowHttp }
  const keys = remoteKeySet({ url: `${base}/oauth/jwks`, allowPrivateHosts, clock, unsafe })
  // Methods first: an option that cannot be meant must not leave a connection behind.
  const late: { feed: Revocations } = { feed: NOT_YET }
  const revocations: Revocations = {
    find: (facts) => late.feed.find(facts),
    freshness: (now) => late.feed.freshness(now),
  }
  const methods = methodsOf(policy, revocations, keys)
  const feed = followFeed(policy)
  late.feed = feed
  const close = async (): Promise<void> => feed.close()
  return Object.freeze({
    methods,
    revocations,
    signingKeys: () => remoteSigningKeys(endpoint(policy, '/v1/verify')),
    sigv4: (scope: DayKeyScope) => dayKeysOf(policy, revocations, scope),
    get lastFailure() {
      return feed.lastFailure
    },
    async ready() {
      await Promise.all([feed.ready(), policy.accept.includes('jwt') ? keys.refresh() : undefined])
    },
    close,
    [Symbol.asyncDispose]: close,
  })
}

const NOT_YET: Revocations = { find: () => undefined, freshness: () => 'starting' }

function followFeed(policy: ResolvedAuthorityClient): FeedClient {
  const { clock, maxStalenessSeconds, silenceSeconds } = policy
  const { url, headers, allowPrivateHosts, allowHttp } = endpoint(policy, '/v1/feed')
  const request = {
    url,
    headers: { ...headers, accept: 'text/event-stream' },
    allowPrivateHosts,
    allowHttp: allowHttp === true,
  }
  return new FeedClient({ request, clock, maxStalenessSeconds, silenceSeconds })
}

function endpoint(policy: ResolvedAuthorityClient, path: string): VerifyEndpoint {
  const { base, credential, timeoutMs, allowPrivateHosts, allowHttp } = policy
  return {
    url: base + path,
    headers: { authorization: `Bearer ${credential.reveal()}` },
    timeoutMs,
    maxBytes: DEFAULTS.fetchMaxBytes,
    allowPrivateHosts,
    allowHttp,
  }
}

function dayKeysOf(
  policy: ResolvedAuthorityClient,
  revocations: Revocations,
  scope: DayKeyScope,
): SigV4Source {
  const { maxStalenessSeconds, clock } = policy
  const [regions, services] = [[scope.region].flat(), [scope.service].flat()]
  assertConfig(
    [...regions, ...services].every((name) => name !== '') && regions.length * services.length > 0,
    'CS_CONFIG_AUTHORITY_SCOPE',
    'authority.sigv4: name at least one region and one service',
  )
  const followed = { revocations, maxStalenessSeconds, clock }
  return remoteDayKeys({
    ...followed,
    endpoint: endpoint(policy, '/v1/verify'),
    regions,
    services,
  })
}

function methodsOf(
  policy: ResolvedAuthorityClient,
  revocations: Revocations,
  keys: RemoteKeySet,
): readonly Method[] {
  const { maxStalenessSeconds, brand, environment, issuer, audience } = policy
  const { algorithms, maxLifetimeSeconds, tenant } = policy
  const followed = { revocations, maxStalenessSeconds }
  const verify = endpoint(policy, '/v1/verify')
  const longest = maxLifetimeSeconds === undefined ? {} : { maxLifetimeSeconds }
  const make: Readonly<Record<RemoteMethod, () => Method>> = {
    jwt: () => jwt({ issuer, tenant, audience, algorithms, keys, revocations, ...longest }),
    'api-key': () =>
      apiKey({
        ...followed,
        brand,
        environment,
        source: { kind: 'remote', verify: (key) => verifyRemoteKey(verify, key) },
      }),
    opaque: () => opaqueOf(policy, revocations),
    basic: () =>
      basic({
        ...followed,
        source: { verify: (sent) => verifyRemotePassword(verify, sent) },
        // The authority counts failures of an account, for all verifiers together.
        unsafe: { unlimitedFailures: true },
      }),
  }
  return Object.freeze(policy.accept.map((name) => make[name]()))
}

function opaqueOf(policy: ResolvedAuthorityClient, revocations: Revocations): Method {
  const { base, credential, timeoutMs, allowPrivateHosts, allowHttp } = policy
  const { brand, issuer, tenant, audience, maxStalenessSeconds } = policy
  const source = {
    kind: 'introspection' as const,
    endpoint: `${base}/oauth/introspect`,
    clientAuth: { method: 'bearer' as const, token: credential },
    timeoutMs,
    allowPrivateHosts,
    tenant,
  }
  const rules = { brand, issuer, audience, maxStalenessSeconds, revocations }
  return opaque({ ...rules, source, unsafe: { allowHttp } })
}
