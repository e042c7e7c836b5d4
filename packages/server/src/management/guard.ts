import { guard, type Guard, type LimitStore, type Method } from 'countersign'
import { apiKey } from 'countersign/api-key'
import type { AuthorityContext } from '../context.ts'
import { apiKeySource } from '../credentials/api-key-source.ts'
import type { LastUsed } from '../usage/last-used.ts'

/** How the API knows its callers. */
export interface ManagementGuardOptions {
  readonly ctx: AuthorityContext
  readonly trustedProxies: readonly string[]
  readonly usage: Pick<LastUsed, 'used'>
  /** Counts failures. */
  readonly limits: LimitStore
  /**
   * Access tokens of the default tenant's clients that were issued for this authority itself, and
   * certificates of every tenant's principals.
   */
  readonly others: readonly Method[]
}

/** Environments of keys that may administer: `admin` is what `init` makes. */
const ENVIRONMENTS = ['admin', 'live', 'test'] as const

/** Wrong keys of one address prefix, before it has to wait. */
const FAILURES = {
  name: 'management-failures',
  algorithm: 'sliding-window',
  limit: 30,
  windowSeconds: 60,
  onStoreFailure: 'local',
} as const

/**
 * The guard of the management API: API keys of every tenant, from this authority's own table, and
 * the other ways that are given. Which tenant a caller may administer is decided by the API. There is no password
 * and no default key.
 */
export function managementGuard({
  ctx,
  trustedProxies,
  usage,
  others,
  limits,
}: ManagementGuardOptions): Guard {
  const { brand, revocations, clock, decisions } = ctx
  const keys = apiKey({
    brand,
    environment: ENVIRONMENTS,
    source: apiKeySource(ctx),
    revocations,
    onUse: (id, at) => {
      usage.used(id, at)
    },
  })
  return guard({
    methods: [keys, ...others],
    limits: { store: limits, failures: FAILURES },
    realm: 'countersign',
    trustedProxies,
    clock,
    onDecision: (record) => {
      decisions.record(record)
    },
  })
}
