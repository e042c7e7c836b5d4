import { sha256 } from '#crypto'
import { checkConfirmation } from '../../core/confirmation.ts'
import { isRevoked, methodLeases, type LeaseCache, type Leased } from '../../core/lease.ts'
import { assertLimitPolicy } from '../../core/limit-policy.ts'
import type { LimitPolicy, LimitStore } from '../../core/limits.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { memoryLimits } from '../../core/memory-limits.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { isInNetworks, parseNetwork } from '../../core/network.ts'
import type { Principal } from '../../core/principal.ts'
import { assertFresh, type RevocableFacts, type Revocations } from '../../core/revocation.ts'
import { accepted, rejected, type Verdict } from '../../core/verdict.ts'
import { fingerprinter } from '../../crypto/fingerprint.ts'
import { FailureLimiter, type Limited } from './failures.ts'
import { parseBasic, type BasicCredentials } from './format.ts'
import type { BasicAnswer, BasicSource } from './source.ts'

/** How user names and passwords are accepted. */
export interface BasicOptions {
  /** Where passwords are checked. */
  readonly source: BasicSource
  /**
   * Failures per account before its new checks are refused for a while. Successes are not counted.
   * @defaultValue 10 in 15 minutes, sliding
   */
  readonly failures?: LimitPolicy
  /** Where failures are counted. @defaultValue this process */
  readonly failureStore?: LimitStore
  /** Ends leases early. Without it a changed password lives for `maxStalenessSeconds`. */
  readonly revocations?: Revocations
  /**
   * How long a proven password is believed without a live feed, in seconds. A slow hash on every
   * request is what this saves.
   * @defaultValue 10
   */
  readonly maxStalenessSeconds?: number
  /** Proofs kept, about 1 KiB each. @defaultValue 100 000 */
  readonly leaseEntries?: number
  /** Ways to be less strict. Each opens something; say why beside it. */
  readonly unsafe?: {
    /** Accept passwords over plain HTTP from this machine, for development. */
    readonly allowHttp?: 'loopback'
    /** Count no failures here, because the source does. */
    readonly unlimitedFailures?: boolean
  }
}

/** What a check ended with. */
type Outcome = Limited<BasicAnswer>

interface ResolvedBasic {
  readonly source: BasicSource
  readonly limiter: FailureLimiter | undefined
  readonly revocations: Revocations | undefined
  readonly allowLoopback: boolean
  readonly leases: LeaseCache<Outcome>
  readonly fingerprint: (value: string) => MaybePromise<string>
}

const DEFAULT_FAILURES: LimitPolicy = {
  name: 'basic-failures',
  onStoreFailure: 'local',
  algorithm: 'sliding-window',
  limit: 10,
  windowSeconds: 900,
}

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork)

/**
 * Accepts user names and passwords from `Authorization: Basic`, over HTTPS only.
 *
 * Checks, in order: HTTPS (before anything is decoded), form, failures of the account, password,
 * revoked. A proven password is leased; HTTPS, form and revocation are asked on every request.
 *
 * Does not hash (the source does) and does not check scopes or limits (the guard does).
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 * @see [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)
 */
export function basic(options: BasicOptions): Method {
  const policy = resolve(options)
  return Object.freeze({
    name: 'basic',
    // RFC 7617 §2.1: the only value of charset there is.
    challenge: { scheme: 'Basic', parameters: { charset: 'UTF-8' } },
    locate: ({ authorization }: Attempt) =>
      authorization?.scheme === 'basic' ? 'authorization' : undefined,
    verify: (attempt: Attempt) => verifyBasic(policy, attempt),
  })
}

function resolve(options: BasicOptions): ResolvedBasic {
  const { source, revocations, unsafe, failures = DEFAULT_FAILURES } = options
  assertLimitPolicy(failures)
  const counts = unsafe?.unlimitedFailures !== true
  return {
    source,
    revocations,
    limiter: counts
      ? new FailureLimiter(failures, options.failureStore ?? memoryLimits())
      : undefined,
    allowLoopback: unsafe?.allowHttp === 'loopback',
    fingerprint: fingerprinter(),
    leases: methodLeases(options, 'elsewhere'),
  }
}

function verifyBasic(policy: ResolvedBasic, attempt: Attempt): MaybePromise<Verdict> {
  const { trace, now } = attempt
  const secure = isSecure(policy, attempt)
  trace?.check('basic.https', secure, 'https', attempt.scheme)
  if (!secure) return rejected('basic.https-required')
  const value = attempt.authorization?.value ?? ''
  const parsed = parseBasic(value)
  trace?.check('basic.form', parsed.ok, 'base64 of user:password', value.length)
  if (!parsed.ok) return rejected(parsed.error)
  if (policy.revocations !== undefined) assertFresh(policy.revocations, now)
  const outcome = map(policy.fingerprint(value), (name) =>
    policy.leases.get(name, now, () => prove(policy, parsed.value, now)),
  )
  return map(outcome, (known) => judge(policy, attempt, known))
}

function isSecure({ allowLoopback }: ResolvedBasic, attempt: Attempt): boolean {
  if (attempt.scheme === 'https') return true
  return allowLoopback && isInNetworks(attempt.clientAddress, LOOPBACK)
}

function prove(
  policy: ResolvedBasic,
  credentials: BasicCredentials,
  now: number,
): MaybePromise<Leased<Outcome>> {
  const { limiter, source } = policy
  const run = (): MaybePromise<BasicAnswer> => source.verify(credentials)
  const outcome: MaybePromise<Outcome> =
    limiter === undefined
      ? map(run(), (answer) => ({ outcome: 'checked', answer }))
      : map(accountOf(credentials.username), (account) =>
          limiter.attempt(account, now * 1000, { run, failed }),
        )
  return map(outcome, (value) => lease(value, now))
}

const failed = ({ outcome }: BasicAnswer): boolean => outcome === 'rejected'

/**
 * The account that a failure counts for. Spellings that some table may take for one name count as
 * one: else `Alice`, `ALICE` and `alice ` are three budgets for guesses at one password.
 */
const accountOf = (username: string): MaybePromise<string> =>
  sha256(username.normalize('NFKC').trim().toLowerCase())

function lease(value: Outcome, now: number): Leased<Outcome> {
  if (value.outcome === 'blocked' || value.answer.outcome === 'rejected') return { value }
  const { principal, asOf = now, expiresAt } = value.answer
  const facts = factsOf(principal, asOf)
  return typeof expiresAt === 'number' ? { value, facts, expiresAt } : { value, facts }
}

function factsOf(principal: Principal, issuedAt: number): RevocableFacts {
  const { tenant, id: principalId, credentialId } = principal
  const clientId = principal.type === 'service' ? undefined : principal.clientId
  return { tenant, principalId, clientId, credentialId, issuedAt }
}

function judge(policy: ResolvedBasic, attempt: Attempt, known: Outcome): Verdict {
  const { trace, now } = attempt
  trace?.check('basic.failures', known.outcome !== 'blocked')
  if (known.outcome === 'blocked') {
    return rejected('basic.too-many-failures', { retryAfterSeconds: known.retryAfterSeconds })
  }
  const { answer } = known
  trace?.check('basic.credentials', answer.outcome === 'accepted')
  if (answer.outcome === 'rejected') return rejected(answer.reason ?? 'basic.credentials-invalid')
  const { principal, limits, asOf = now } = answer
  const revoked = isRevoked(policy.revocations, factsOf(principal, asOf))
  trace?.check('basic.revoked', !revoked)
  if (revoked) return rejected('basic.revoked', { id: principal.credentialId })
  // A password proves no key: a source that binds one to a key means that it is not enough.
  if (checkConfirmation(principal.confirmation, attempt) === 'unproven') {
    return rejected('basic.credentials-invalid', { id: principal.credentialId })
  }
  return accepted({ ...principal, method: 'basic', authenticatedAt: now }, limits)
}
