import { assertConfig } from 'countersign'
import { CERTIFICATE_LIMITS } from './limits.ts'

/** The times that the change from one CA to the next depends on. All in seconds. */
export interface TrustRules {
  /** How long an honest verifier may keep a bundle it fetched. @defaultValue 300 */
  readonly refreshHintSeconds: number
  /** How long a process may act on the list of CAs it read from the store. @defaultValue 30 */
  readonly reloadSeconds: number
  /** The longest life of a certificate. @defaultValue 86,400 */
  readonly maxTtlSeconds: number
  /** Clock differences between the authority and verifiers. @defaultValue 60 */
  readonly toleranceSeconds: number
}

const DEFAULT_RULES: TrustRules = Object.freeze({
  refreshHintSeconds: 300,
  reloadSeconds: 30,
  maxTtlSeconds: CERTIFICATE_LIMITS.maxTtlSeconds,
  toleranceSeconds: CERTIFICATE_LIMITS.toleranceSeconds,
})

/**
 * Completes and checks trust rules.
 *
 * @throws `ConfigError` for a time that is no positive integer, or a life above 24 h.
 */
export function resolveTrustRules(given: Partial<TrustRules> = {}): TrustRules {
  const rules = { ...DEFAULT_RULES, ...given }
  for (const [name, value] of Object.entries(rules)) {
    assertConfig(
      Number.isSafeInteger(value) && value > 0,
      'CS_CONFIG_TRUST_TIME',
      `trust.${name}: write whole seconds above 0`,
    )
  }
  assertConfig(
    rules.maxTtlSeconds <= CERTIFICATE_LIMITS.maxTtlSeconds,
    'CS_CONFIG_TRUST_TIME',
    'trust.maxTtlSeconds: at most 86400',
  )
  return Object.freeze(rules)
}

/** How long a CA is published before it signs: every verifier has met it by then. */
export const plannedSeconds = (rules: TrustRules): number =>
  rules.refreshHintSeconds + rules.reloadSeconds + rules.toleranceSeconds

/** How long a CA stays published after it stopped: its last certificate has expired by then. */
export const retiringSeconds = (rules: TrustRules): number =>
  rules.maxTtlSeconds + rules.reloadSeconds + rules.toleranceSeconds

/** How long before its end a CA must have stopped: what it signs may live its whole life. */
export const successionSeconds = (rules: TrustRules): number =>
  plannedSeconds(rules) + retiringSeconds(rules)
