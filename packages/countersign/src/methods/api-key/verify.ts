import { checkConfirmation } from '../../core/confirmation.ts'
import { assertBrand, assertEnvironment } from '../../core/credential-format.ts'
import { assertConfig } from '../../core/errors.ts'
import { methodLeases, type LeaseCache } from '../../core/lease.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { judgeRegistered } from '../../core/registered.ts'
import { assertFresh, type Revocations } from '../../core/revocation.ts'
import { accepted, rejected, type Verdict } from '../../core/verdict.ts'
import { fingerprinter } from '../../crypto/fingerprint.ts'
import { isReservedEnvironment, parseApiKey, type ParsedApiKey } from './format.ts'
import { keyLocator } from './locate.ts'
import { proveKey, type KeyProof, type ProvenKey } from './proof.ts'
import type { ApiKeySource } from './source.ts'

/** How API keys are accepted. */
export interface ApiKeyOptions {
  /** First part of the keys: 2 to 16 of `a-z0-9`. */
  readonly brand: string
  /** The environments whose keys this API serves: `live`. */
  readonly environment: string | readonly string[]
  /** Where keys are looked up. */
  readonly source: ApiKeySource
  /** Ends leases early. Without it a revoked key lives for `maxStalenessSeconds`. */
  readonly revocations?: Revocations
  /**
   * How long a proof is believed without a live feed, in seconds. A longer time is how long a
   * revoked key still works.
   * @defaultValue 10; 0 for `records` without `revocations`: one's own table is asked every time
   */
  readonly maxStalenessSeconds?: number
  /** Proofs kept, about 1 KiB each. @defaultValue 100 000 */
  readonly leaseEntries?: number
  /** The header beside `Authorization: Bearer`, in lower case. @defaultValue `x-api-key` */
  readonly header?: string
  /** Called for every accepted key, for last-used times. Must not throw, wait or write at once. */
  readonly onUse?: (credentialId: string, now: number) => void
}

/**
 * Accepts API keys from `X-API-Key` or `Authorization: Bearer`.
 *
 * Checks, in order: place (never the query), one value, form, checksum, brand, environment, id
 * known, secret, revoked, not-before, expiry, networks, binding. The checks up to the environment need no
 * I/O. The proof of the secret is leased; everything after it is asked on every request.
 *
 * Does not check scopes or limits (the guard does), nor that the connection was encrypted.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const keys = apiKey({ brand: 'acme', environment: 'live', source: { kind: 'records', find, peppers: ring } })
 * const desk = guard({ methods: [keys] })
 * ```
 */
export function apiKey(options: ApiKeyOptions): Method {
  const policy = resolve(options)
  const { locate } = policy
  return Object.freeze({
    name: 'api-key',
    challenge: { scheme: 'Bearer' },
    locate,
    verify: (attempt: Attempt) => verifyApiKey(policy, attempt),
  })
}

interface ResolvedApiKey {
  readonly brand: string
  readonly environments: readonly string[]
  readonly header: string
  readonly source: ApiKeySource
  readonly revocations: Revocations | undefined
  readonly onUse: ApiKeyOptions['onUse']
  readonly leases: LeaseCache<KeyProof>
  readonly locate: Method['locate']
  readonly fingerprint: (key: string) => MaybePromise<string>
}

function resolve(options: ApiKeyOptions): ResolvedApiKey {
  const { brand, source, revocations, header = 'x-api-key', onUse } = options
  const environments = [options.environment].flat()
  assertBrand(brand)
  assertEnvironments(environments)
  return {
    brand,
    environments,
    header,
    source,
    revocations,
    onUse,
    locate: keyLocator(brand, header),
    fingerprint: fingerprinter(),
    leases: methodLeases(options, source.kind === 'records' ? 'own-table' : 'elsewhere'),
  }
}

function assertEnvironments(environments: readonly string[]): void {
  assertConfig(
    environments.length > 0,
    'CS_CONFIG_ENVIRONMENT_MISSING',
    'environment: name the environments whose keys this API serves, such as "live"',
  )
  for (const environment of environments) {
    assertEnvironment(environment)
    assertConfig(
      !isReservedEnvironment(environment),
      'CS_CONFIG_ENVIRONMENT_RESERVED',
      `environment: "${environment}" names tokens or client secrets, not API keys`,
    )
  }
}

function verifyApiKey(policy: ResolvedApiKey, attempt: Attempt): MaybePromise<Verdict> {
  const { trace, now } = attempt
  const found = readKey(policy, attempt)
  if (typeof found !== 'string') return found
  const parsed = checkForm(policy, attempt, found)
  if ('outcome' in parsed) return parsed
  if (policy.revocations !== undefined) assertFresh(policy.revocations, now)
  const proof = map(policy.fingerprint(found), (name) =>
    policy.leases.get(name, now, () =>
      proveKey(policy.source, { id: parsed.id, text: found }, now),
    ),
  )
  return map(proof, (known) => {
    const reason = known.outcome === 'refused' ? known.reason : undefined
    trace?.check('api-key.known', reason !== 'api-key.unknown', undefined, parsed.id)
    if (reason === 'api-key.unknown') return rejected(reason, { id: parsed.id })
    trace?.check('api-key.secret', reason !== 'api-key.secret-mismatch')
    if (known.outcome === 'refused') return rejected(known.reason, { id: parsed.id })
    return judge(policy, attempt, known)
  })
}

function readKey(policy: ResolvedApiKey, attempt: Attempt): string | Verdict {
  const { view, trace } = attempt
  const place = policy.locate(attempt)
  if (place === 'query') {
    trace?.check('api-key.place', false, [policy.header, 'authorization'], place)
    return rejected('request.credential-in-query')
  }
  if (place !== 'x-api-key') return attempt.authorization?.value ?? ''
  const [key = '', ...others] = view.header(policy.header)
  if (others.length === 0) return key
  // Two proxies could read different ones (SR-401).
  trace?.check('request.one-credential', false, 1, others.length + 1)
  return rejected('request.multiple-credentials', { places: [policy.header, policy.header] })
}

function checkForm(
  policy: ResolvedApiKey,
  { trace }: Attempt,
  key: string,
): ParsedApiKey | Verdict {
  const parsed = parseApiKey(key)
  const malformed = !parsed.ok && parsed.error === 'api-key.malformed'
  trace?.check('api-key.form', !malformed, 'brand_environment_id_secret', key.length)
  if (malformed) return rejected('api-key.malformed')
  trace?.check('api-key.checksum', parsed.ok)
  if (!parsed.ok) return rejected(parsed.error)
  const { brand, environment } = parsed.value
  trace?.check('api-key.brand', brand === policy.brand, policy.brand, brand)
  if (brand !== policy.brand) return rejected('api-key.malformed', { brand })
  const served = policy.environments.includes(environment)
  trace?.check('api-key.environment', served, policy.environments, environment)
  if (!served) return rejected('api-key.environment-mismatch', { environment })
  return parsed.value
}

const REASONS = {
  revoked: 'api-key.revoked',
  notYetValid: 'api-key.not-yet-valid',
  expired: 'api-key.expired',
  networkDenied: 'api-key.network-denied',
} as const

function judge({ revocations, onUse }: ResolvedApiKey, attempt: Attempt, key: ProvenKey): Verdict {
  const refused = judgeRegistered({ name: 'api-key', reasons: REASONS, revocations }, attempt, key)
  if (refused !== undefined) return refused
  const { now } = attempt
  const { credentialId: id, confirmation } = key.principal
  if (checkConfirmation(confirmation, attempt) === 'unproven') {
    return rejected('api-key.binding-unproven', { id })
  }
  onUse?.(id, now)
  // The secret came with this request: the proof is as fresh as it, however old the look-up is.
  return accepted({ ...key.principal, authenticatedAt: now }, key.limits)
}
