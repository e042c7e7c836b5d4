import { ConfigError } from 'countersign'

/** Algorithms that the authority signs with. */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'Ed25519'] as const

/** One of {@link SIGNING_ALGORITHMS}. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** The times that a signing key's life depends on. All in seconds. */
export interface SigningRules {
  /** For new keys; the old one keeps its own. @defaultValue `ES256` */
  readonly algorithm: SigningAlgorithm
  /** How long a key signs before the next takes over. @defaultValue 30 days */
  readonly rotationSeconds: number
  /** `max-age` of the key set: the longest that an honest cache keeps it. @defaultValue 300 */
  readonly jwksMaxAgeSeconds: number
  /** How long a process may act on the key list it read from the store. @defaultValue 30 */
  readonly reloadSeconds: number
  /** The longest life of a token; clients cannot be registered with more. @defaultValue 86,400 */
  readonly maxTokenSeconds: number
  /** Clock differences, between authorities and towards verifiers. @defaultValue 60 */
  readonly toleranceSeconds: number
}

const DEFAULT_RULES: SigningRules = Object.freeze({
  algorithm: 'ES256',
  rotationSeconds: 30 * 86_400,
  jwksMaxAgeSeconds: 300,
  reloadSeconds: 30,
  maxTokenSeconds: 86_400,
  toleranceSeconds: 60,
})

/**
 * Completes and checks signing rules.
 *
 * @throws `ConfigError` for an unknown algorithm, a time that is no positive integer, or a rotation
 * shorter than the time a new key has to wait.
 */
export function resolveSigningRules(given: Partial<SigningRules> = {}): SigningRules {
  const rules = { ...DEFAULT_RULES, ...given }
  if (!SIGNING_ALGORITHMS.includes(rules.algorithm)) {
    throw new ConfigError(
      'CS_CONFIG_SIGNING_ALGORITHM',
      `signing.algorithm: choose one of ${SIGNING_ALGORITHMS.join(', ')}`,
    )
  }
  const { algorithm: _, ...times } = rules
  for (const [name, value] of Object.entries(times)) {
    if (Number.isInteger(value) && value > 0) continue
    throw new ConfigError('CS_CONFIG_SIGNING_TIME', `signing.${name}: write whole seconds above 0`)
  }
  if (rules.rotationSeconds <= publishSeconds(rules)) {
    throw new ConfigError(
      'CS_CONFIG_SIGNING_TIME',
      `signing.rotationSeconds: a new key is published ${publishSeconds(rules)} s before it signs; rotate less often`,
    )
  }
  return Object.freeze(rules)
}

/** How long a key is published before it signs: every cache in the chain has turned over by then. */
export const publishSeconds = (rules: SigningRules): number =>
  rules.jwksMaxAgeSeconds + rules.reloadSeconds + rules.toleranceSeconds

/** How long a key stays published after it stopped: the last token it signed has expired by then. */
export const retireSeconds = (rules: SigningRules): number =>
  rules.maxTokenSeconds + rules.reloadSeconds + rules.toleranceSeconds
