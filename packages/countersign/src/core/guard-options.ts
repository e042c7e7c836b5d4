import { systemClock, type Clock } from './clock.ts'
import type { DecisionRecord } from './decision.ts'
import { assertConfig } from './errors.ts'
import { assertLimitPolicy } from './limit-policy.ts'
import type { LimitPolicy, LimitStore } from './limits.ts'
import { memoryLimits } from './memory-limits.ts'
import type { Method } from './method.ts'
import { parseNetwork, type Network } from './network.ts'

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
  /** Limits beside those that credentials carry themselves. None by default. */
  readonly limits?: GuardLimits
  /** Protection space named in challenges. @defaultValue `api` */
  readonly realm?: string
  /** Receives every decision, with its checks. It must not throw and must not wait. */
  readonly onDecision?: (record: DecisionRecord) => void
  /** @defaultValue the system clock */
  readonly clock?: Clock
}

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
