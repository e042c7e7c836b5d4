import { systemClock, type Clock } from './clock.ts'
import type { DecisionRecord, Published } from './decision.ts'
import { assertConfig } from './errors.ts'
import { assertLimitPolicy } from './limit-policy.ts'
import type { LimitPolicy, LimitStore } from './limits.ts'
import type { MaybePromise } from './maybe.ts'
import { memoryLimits } from './memory-limits.ts'
import type { Method } from './method.ts'
import { parseNetwork, type Network } from './network.ts'
import {
  metadataPublisher,
  protectedResource,
  type ProtectedResource,
  type ProtectedResourceOptions,
} from './protected-resource.ts'
import type { RequestView } from './request.ts'
import type { Rejected } from './verdict.ts'

/** What a guard is made of. */
export interface GuardOptions {
  /** The ways to authenticate, in the order they are asked. At least one. */
  readonly methods: readonly Method[]
  /** Client networks that may call at all; everybody when absent. */
  readonly networks?: readonly string[]
  /**
   * Addresses of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. No
   * default and no "all": a forwarded header from anybody else is the client's own claim.
   */
  readonly trustedProxies?: readonly string[]
  /**
   * What the API is to OAuth clients. The guard then answers requests for its metadata (RFC 9728),
   * and names it in Bearer and DPoP challenges.
   */
  readonly resource?: ProtectedResourceOptions
  /**
   * The web origins whose pages may call, such as `https://app.example`; all when absent. A request
   * without `Origin` is no page's and passes. Stops DNS rebinding; it is no CORS.
   */
  readonly origins?: readonly string[]
  /** The scopes that a request's content asks for, beside those of its route. */
  readonly operationScopes?: OperationScopes
  /** Limits beside those that credentials carry themselves. None by default. */
  readonly limits?: GuardLimits
  /** Protection space named in challenges. @defaultValue `api` */
  readonly realm?: string
  /** Receives every decision, with its checks. It must not throw and must not wait. */
  readonly onDecision?: (record: DecisionRecord) => void
  /** @defaultValue the system clock */
  readonly clock?: Clock
}

/**
 * Tells which scopes the operation of a request needs where the route alone does not say: a tool
 * that the body names. Asked once the caller is known, so that strangers cannot have bodies read.
 *
 * @returns the scopes, or a rejection of what cannot be read.
 */
export type OperationScopes = (view: RequestView) => MaybePromise<readonly string[] | Rejected>

/** Limits of a guard. */
export interface GuardLimits {
  /** Where limits are counted. @defaultValue this process */
  readonly store?: LimitStore
  /** Applied to each principal. */
  readonly perPrincipal?: readonly LimitPolicy[]
  /**
   * Failed authentications per client address prefix (/64 for IPv6): brute force meets a wall
   * while everybody else is served. Successes are not counted.
   */
  readonly failures?: LimitPolicy
}

/** {@link GuardOptions}, complete and checked. */
export interface ResolvedGuard {
  readonly methods: readonly Method[]
  readonly networks: readonly Network[] | undefined
  readonly trustedProxies: readonly Network[]
  readonly origins: readonly string[] | undefined
  readonly operationScopes: OperationScopes | undefined
  readonly resource: ProtectedResource | undefined
  /** Answers requests for the metadata of {@link ResolvedGuard.resource}. */
  readonly publish: (view: RequestView) => Published | undefined
  readonly store: LimitStore
  readonly perPrincipal: readonly LimitPolicy[]
  readonly failures: LimitPolicy | undefined
  readonly realm: string
  readonly onDecision: ((record: DecisionRecord) => void) | undefined
  readonly clock: Clock
}

/** Completes and checks the options once, so that nothing configurable fails at request time. */
export function resolveGuard(options: GuardOptions): ResolvedGuard {
  assertConfig(
    options.methods.length > 0,
    'CS_CONFIG_METHODS_EMPTY',
    'guard: methods is empty; name at least one way to authenticate',
  )
  const realm = options.realm ?? 'api'
  assertConfig(
    /^[\x20-\x7e]+$/.test(realm),
    'CS_CONFIG_REALM_INVALID',
    'guard: realm goes into a header; write it in printable ASCII',
  )
  const { perPrincipal = [], failures } = options.limits ?? {}
  for (const limit of [...perPrincipal, ...(failures === undefined ? [] : [failures])]) {
    assertLimitPolicy(limit)
  }
  return Object.freeze({
    ...resolveResource(options),
    origins: options.origins?.map(originOf),
    operationScopes: options.operationScopes,
    methods: [...options.methods],
    networks: options.networks?.map(parseNetwork),
    trustedProxies: (options.trustedProxies ?? []).map(parseNetwork),
    store: options.limits?.store ?? memoryLimits(),
    perPrincipal: [...perPrincipal],
    failures,
    realm,
    onDecision: options.onDecision,
    clock: options.clock ?? systemClock,
  })
}

function resolveResource({
  resource: options,
  methods,
}: GuardOptions): Pick<ResolvedGuard, 'resource' | 'publish'> {
  if (options === undefined) return { resource: undefined, publish: () => undefined }
  const resource = protectedResource(options)
  return { resource, publish: metadataPublisher(options, resource, methods) }
}

/** `Origin` is compared as browsers write it (RFC 6454 §6.2). */
function originOf(origin: string): string {
  assertConfig(
    URL.canParse(origin) && new URL(origin).origin === origin,
    'CS_CONFIG_ORIGIN_INVALID',
    `guard: "${origin}" is no origin; write scheme, host and port, such as https://app.example`,
  )
  return origin
}
