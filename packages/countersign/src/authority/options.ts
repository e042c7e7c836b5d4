import { systemClock, type Clock } from '../core/clock.ts'
import { DEFAULTS } from '../core/defaults.ts'
import { assertConfig } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { checkTarget } from '../net/target.ts'

/** A way to authenticate that the authority can vouch for. */
export type RemoteMethod = 'jwt' | 'api-key' | 'opaque' | 'basic'

/** Which authority is followed, and what of it is accepted. */
export interface AuthorityClientOptions {
  /** The issuer, as its tokens name it: `https://auth.example`, or `…/t/<tenant>` for a tenant. */
  readonly issuer: string
  /**
   * The tenant of its principals, as the feed names it. @defaultValue what follows `/t/` at the end
   * of the issuer, else `default`
   */
  readonly tenant?: string
  /** Where the authority is reached, when that is not the issuer's URL. @defaultValue `issuer` */
  readonly url?: string
  /** This API, as tokens name it. */
  readonly audience: string | readonly string[]
  /** The algorithms that the authority signs with: `['ES256']` unless configured otherwise there. */
  readonly algorithms: readonly string[]
  /**
   * An API key of the authority with `countersign:feed:read`, `countersign:verify` and, for opaque
   * tokens, `countersign:introspect`; for SigV4 `countersign:day-keys:<region>:<service>`.
   */
  readonly credential: Secret | string
  /** @defaultValue all four */
  readonly accept?: readonly RemoteMethod[]
  /** First part of the authority's keys and tokens. @defaultValue `cs` */
  readonly brand?: string
  /** The environments whose keys this API serves. @defaultValue `live` */
  readonly environment?: string | readonly string[]
  /** Longest `exp` − `iat` of a JWT that is accepted, in seconds. */
  readonly maxLifetimeSeconds?: number
  /**
   * Seconds for which credentials are still accepted after the last word of a feed that broke. A
   * longer time is how long a revoked credential works meanwhile. @defaultValue 10
   */
  readonly maxStalenessSeconds?: number
  /** Seconds between heartbeats of the authority; 2.5 of them are silence. @defaultValue 5 */
  readonly heartbeatSeconds?: number
  /** For a look-up at the authority, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number
  /** Host names that may be private addresses: an authority in one's own network. */
  readonly allowPrivateHosts?: readonly string[]
  /** @defaultValue the system clock */
  readonly clock?: Clock
  readonly unsafe?: {
    /**
     * Allows `http:` to the hosts of `allowPrivateHosts`. Whoever is on the path can then read
     * credentials and accept anything: for loopback only.
     */
    readonly allowHttp?: boolean
  }
}

/** {@link AuthorityClientOptions}, complete and checked. */
export interface ResolvedAuthorityClient {
  readonly issuer: string
  readonly tenant: string
  readonly base: string
  readonly audience: string | readonly string[]
  readonly algorithms: readonly string[]
  readonly credential: Secret
  readonly accept: readonly RemoteMethod[]
  readonly brand: string
  readonly environment: string | readonly string[]
  readonly maxLifetimeSeconds: number | undefined
  readonly maxStalenessSeconds: number
  readonly silenceSeconds: number
  readonly timeoutMs: number
  readonly allowPrivateHosts: readonly string[]
  readonly allowHttp: boolean
  readonly clock: Clock
}

const ALL: readonly RemoteMethod[] = ['jwt', 'api-key', 'opaque', 'basic']
const SILENT_BEATS = 2.5

/** Completes and checks the options once. Throws a {@link ConfigError}. */
export function resolveAuthorityClient(options: AuthorityClientOptions): ResolvedAuthorityClient {
  const { issuer, credential, heartbeatSeconds = 5 } = options
  const { maxStalenessSeconds = DEFAULTS.maxStalenessSeconds, accept = ALL } = options
  const base = (options.url ?? issuer).replace(/\/$/, '')
  const allowPrivateHosts = [...(options.allowPrivateHosts ?? [])]
  const allowHttp = options.unsafe?.allowHttp === true
  const target = checkTarget({ url: base, allowPrivateHosts, allowHttp })
  assertConfig(
    target.ok,
    'CS_CONFIG_AUTHORITY_URL',
    `authority: ${target.ok || target.error.message}`,
  )
  assertConfig(
    heartbeatSeconds > 0 && maxStalenessSeconds >= 0,
    'CS_CONFIG_AUTHORITY_TIMES',
    'authority: heartbeatSeconds must be above 0, maxStalenessSeconds not below',
  )
  assertConfig(accept.length > 0, 'CS_CONFIG_AUTHORITY_ACCEPT', 'authority: accept names nothing')
  return Object.freeze({
    issuer,
    tenant: options.tenant ?? /\/t\/([^/]+)$/.exec(issuer)?.[1] ?? 'default',
    base,
    audience: options.audience,
    algorithms: options.algorithms,
    credential: typeof credential === 'string' ? new Secret(credential) : credential,
    accept: [...accept],
    brand: options.brand ?? 'cs',
    environment: options.environment ?? 'live',
    maxLifetimeSeconds: options.maxLifetimeSeconds,
    maxStalenessSeconds,
    silenceSeconds: heartbeatSeconds * SILENT_BEATS,
    timeoutMs: options.timeoutMs ?? DEFAULTS.fetchTimeoutMs,
    allowPrivateHosts,
    allowHttp,
    clock: options.clock ?? systemClock,
  })
}
