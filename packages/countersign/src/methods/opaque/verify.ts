import { checkConfirmation } from '../../core/confirmation.ts'
import { assertBrand } from '../../core/credential-format.ts'
import { isToken68 } from '../../core/credentials.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { methodLeases, type LeaseCache, type Leased } from '../../core/lease.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { assertFresh, type Revocations } from '../../core/revocation.ts'
import { accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import { fingerprinter } from '../../crypto/fingerprint.ts'
import { looksLikeJwt, parseOpaqueToken, TOKEN_ENVIRONMENTS } from './format.ts'
import { proveByIntrospection } from './introspection.ts'
import type { ProvenToken, TokenProof } from './proof.ts'
import { proveByRecord, type PresentedToken } from './records.ts'
import type { OpaqueSource } from './source.ts'

/** How opaque tokens are accepted. */
export interface OpaqueOptions {
  /** Where tokens are looked up. */
  readonly source: OpaqueSource
  /**
   * First part of the tokens that we issue. With it only `<brand>_at_…` is taken, and its checksum
   * is verified before any look-up; `records` need it. Without it every Bearer value that is no
   * JWT is sent to the introspection endpoint: list methods with a brand before this one.
   */
  readonly brand?: string
  /** This API, as the issuer names it. One of them must be among the token's audiences. */
  readonly audience: string | readonly string[]
  /** The issuer. An answer that names another one is refused. */
  readonly issuer?: string
  /** Ends leases early. Without it a revoked token lives for `maxStalenessSeconds`. */
  readonly revocations?: Revocations
  /**
   * How long an answer is believed without a live feed, in seconds. A longer time is how long a
   * revoked token still works.
   * @defaultValue 10; 0 for `records` without `revocations`: one's own table is asked every time
   */
  readonly maxStalenessSeconds?: number
  /** Answers kept, about 2 KiB each. @defaultValue 100 000 */
  readonly leaseEntries?: number
  /** Introspect JWTs as well, instead of leaving them to the `jwt` method. @defaultValue false */
  readonly acceptJwt?: boolean
  /** Ways to be less strict. Each opens something; say why beside it. */
  readonly unsafe?: {
    /** Accept tokens without an audience: any token of the issuer opens this API (SR-020). */
    readonly allowMissingAudience?: boolean
    /** Introspect over `http:`, to hosts of `allowPrivateHosts` only. */
    readonly allowHttp?: boolean
  }
}

/**
 * Accepts opaque access tokens from `Authorization: Bearer`, by a table of one's own or by RFC 7662
 * introspection.
 *
 * Checks, in order: size and form, active (known, secret, not revoked at the issuer), revoked,
 * issuer, audience, not-before, expiry, binding. The answer of the source is leased; everything
 * after it is asked on every request.
 *
 * Does not check scopes (the guard does). Does not prove possession of a bound key: a token with
 * `cnf` is refused unless `dpop()` or `certificateBound()` around this method proved it.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function opaque(options: OpaqueOptions): Method {
  const policy = resolve(options)
  return Object.freeze({
    name: 'opaque',
    challenge: { scheme: 'Bearer' },
    locate: ({ authorization }: Attempt) =>
      authorization?.scheme === 'bearer' && isOurs(policy, authorization.value)
        ? 'authorization'
        : undefined,
    verify: (attempt: Attempt) => verifyOpaque(policy, attempt),
  })
}

interface ResolvedOpaque {
  readonly source: OpaqueSource
  readonly allowHttp: boolean
  readonly brand: string | undefined
  readonly audiences: readonly string[]
  readonly allowMissingAudience: boolean
  readonly issuer: string | undefined
  readonly acceptJwt: boolean
  readonly revocations: Revocations | undefined
  readonly leases: LeaseCache<TokenProof>
  readonly fingerprint: (token: string) => MaybePromise<string>
}

function resolve(options: OpaqueOptions): ResolvedOpaque {
  const { source, brand, issuer, revocations, unsafe } = options
  const audiences = [options.audience].flat()
  assertOptions(options, audiences)
  return {
    source,
    brand,
    audiences,
    issuer,
    revocations,
    allowHttp: unsafe?.allowHttp === true,
    allowMissingAudience: unsafe?.allowMissingAudience === true,
    acceptJwt: options.acceptJwt === true,
    fingerprint: fingerprinter(),
    leases: methodLeases(options, source.kind === 'records' ? 'own-table' : 'elsewhere'),
  }
}

function assertOptions({ source, brand }: OpaqueOptions, audiences: readonly string[]): void {
  if (brand !== undefined) assertBrand(brand)
  assertConfig(
    source.kind !== 'records' || brand !== undefined,
    'CS_CONFIG_BRAND_MISSING',
    'opaque: records are looked up by the id inside the token; name the brand',
  )
  assertConfig(
    source.kind !== 'introspection' || URL.canParse(source.endpoint),
    'CS_CONFIG_ENDPOINT_INVALID',
    'opaque: source.endpoint must be the absolute URL of the introspection endpoint',
  )
  assertConfig(
    audiences.length > 0 && !audiences.includes(''),
    'CS_CONFIG_AUDIENCE_MISSING',
    'opaque: audience must name this API; a token for another one must not open it (SR-020)',
  )
}

function isOurs({ brand, acceptJwt }: ResolvedOpaque, value: string): boolean {
  if (brand !== undefined) return value.startsWith(`${brand}_${TOKEN_ENVIRONMENTS.access}_`)
  return acceptJwt || !looksLikeJwt(value)
}

function verifyOpaque(policy: ResolvedOpaque, attempt: Attempt): MaybePromise<Verdict> {
  const { now, trace } = attempt
  const text = attempt.authorization?.value ?? ''
  const token = readToken(policy, text)
  trace?.check('opaque.form', token !== undefined, policy.brand, text.length)
  if (token === undefined) return rejected('opaque.malformed')
  if (policy.revocations !== undefined) assertFresh(policy.revocations, now)
  const proof = map(policy.fingerprint(text), (name) =>
    policy.leases.get(name, now, () => prove(policy, token, now)),
  )
  return map(proof, (known) => {
    trace?.check('opaque.active', known.outcome === 'proven', undefined, token.id)
    if (known.outcome === 'refused') return rejected(known.reason, idDetail(token.id))
    return judge(policy, attempt, known) ?? accepted(known.principal)
  })
}

function readToken({ brand }: ResolvedOpaque, text: string): PresentedToken | undefined {
  if (text.length > DEFAULTS.maxTokenBytes || !isToken68(text)) return undefined
  if (brand === undefined) return { text, id: undefined }
  const parsed = parseOpaqueToken(text)
  return parsed === undefined ? undefined : { text, id: parsed.id }
}

const idDetail = (id: string | undefined): { readonly id?: string } =>
  id === undefined ? {} : { id }

function prove(
  { source, allowHttp, revocations }: ResolvedOpaque,
  token: PresentedToken,
  now: number,
): MaybePromise<Leased<TokenProof>> {
  const proof =
    source.kind === 'records'
      ? proveByRecord(source, token)
      : proveByIntrospection({ ...source, allowHttp }, token, now)
  return map(proof, (value) => {
    // What is over already is remembered briefly, as an inactive token is.
    const over =
      value.outcome === 'refused' ||
      revocations?.find(value.facts) !== undefined ||
      (value.expiresAt ?? Number.POSITIVE_INFINITY) <= now
    if (over) return { value }
    const { facts, expiresAt } = value
    return { value, facts, ...(expiresAt === undefined ? {} : { expiresAt }) }
  })
}

function judge(policy: ResolvedOpaque, attempt: Attempt, token: ProvenToken): Rejected | undefined {
  return (
    checkIssue(policy, attempt, token) ?? checkTimes(attempt, token) ?? checkBinding(attempt, token)
  )
}

function checkIssue(
  policy: ResolvedOpaque,
  { trace }: Attempt,
  { facts, issuer, audiences }: ProvenToken,
): Rejected | undefined {
  const revoked = policy.revocations?.find(facts) !== undefined
  trace?.check('opaque.revoked', !revoked)
  if (revoked) return rejected('opaque.revoked', idDetail(facts.tokenId))
  if (policy.issuer !== undefined && issuer !== undefined) {
    trace?.check('opaque.issuer', issuer === policy.issuer, policy.issuer, issuer)
    if (issuer !== policy.issuer) return rejected('opaque.issuer-mismatch', { issuer })
  }
  const forUs =
    audiences.some((audience) => policy.audiences.includes(audience)) ||
    (audiences.length === 0 && policy.allowMissingAudience)
  trace?.check('opaque.audience', forUs, policy.audiences, audiences)
  return forUs ? undefined : rejected('opaque.audience-mismatch', { audiences })
}

function checkTimes(
  { trace, now }: Attempt,
  { notBefore, expiresAt }: ProvenToken,
): Rejected | undefined {
  const begun = notBefore === undefined || now + DEFAULTS.clockToleranceSeconds >= notBefore
  trace?.check('opaque.not-before', begun, notBefore, now)
  if (!begun) return rejected('opaque.not-yet-valid', { notBefore, now })
  const lives = expiresAt === undefined || now < expiresAt
  trace?.check('opaque.expiry', lives, expiresAt, now)
  return lives ? undefined : rejected('opaque.expired', { expiresAt, now })
}

function checkBinding(attempt: Attempt, { principal }: ProvenToken): Rejected | undefined {
  const binding = checkConfirmation(principal.confirmation, attempt)
  return binding === 'unproven' ? rejected('opaque.binding-unproven') : undefined
}
