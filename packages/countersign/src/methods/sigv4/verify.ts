import { sha256 } from '#crypto'
import { checkConfirmation } from '../../core/confirmation.ts'
import { equalDigests } from '../../core/constant-time.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { judgeRegistered, readRegistered, type Registered } from '../../core/registered.ts'
import { claimExpiry, claimOnce } from '../../core/replay.ts'
import { pathOf } from '../../core/request.ts'
import { assertFresh } from '../../core/revocation.ts'
import { accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import type { MacKey } from '../../crypto/seam.ts'
import { canonicalPath, canonicalQuery, canonicalRequest } from './canonical.ts'
import { signCanonical } from './derive.ts'
import { isPresigned, SIGV4_SCHEME } from './format.ts'
import { resolveSigV4, type ResolvedSigV4, type SigV4Options } from './options.ts'
import { checkBody, payloadLine, readPayload, type Payload } from './payload.ts'
import { checkPolicy } from './policy.ts'
import { queryOf, readPresented, type Presented } from './presented.ts'
import type { ResolvedService } from './service.ts'
import type { SigV4Record } from './source.ts'

/**
 * Accepts requests signed with AWS Signature Version 4, in the `Authorization` header or presigned
 * in the query.
 *
 * Checks, in order: form, day, region, service, target, clock (or lifetime), required headers,
 * payload form, signature, body, session token, revoked, not-before, expiry, networks, binding,
 * replay. The body is read after the signature was found good, except where the request does not
 * name its digest and it is a part of what was signed.
 *
 * Does not check scopes or limits (the guard does), checksums in trailers, nor that the connection
 * was encrypted. SigV4A and event streams are not accepted.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const signed = sigv4({ region: 'eu-1', service: 'orders', source: { find } })
 * const desk = guard({ methods: [signed] })
 * ```
 * @see [AWS IAM User Guide](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html)
 */
export function sigv4(options: SigV4Options): Method {
  const policy = resolveSigV4(options)
  return Object.freeze({
    name: 'sigv4',
    challenge: { scheme: 'AWS4-HMAC-SHA256' },
    locate: ({ authorization, view }: Attempt) => {
      if (authorization?.scheme === SIGV4_SCHEME) return 'authorization'
      return policy.presigned !== undefined && isPresigned(view.target) ? 'query' : undefined
    },
    verify: (attempt: Attempt) => verifySigV4(policy, attempt),
  })
}

/** One request on its way through the checks. */
interface Case {
  readonly policy: ResolvedSigV4
  readonly attempt: Attempt
  readonly presented: Presented
  readonly service: ResolvedService
  readonly payload: Payload
}

function verifySigV4(policy: ResolvedSigV4, attempt: Attempt): MaybePromise<Verdict> {
  const opened = open(policy, attempt)
  if ('outcome' in opened) return opened
  const { accessKeyId, scope } = opened.presented
  if (policy.revocations !== undefined) assertFresh(policy.revocations, attempt.now)
  return map(policy.source.find(accessKeyId, scope), (record) =>
    map(policy.keys.of(record, scope), (key) => prove(opened, record, key)),
  )
}

/** Everything that needs no key. */
function open(policy: ResolvedSigV4, attempt: Attempt): Case | Rejected {
  const read = readPresented(attempt)
  attempt.trace?.check('sigv4.form', read.ok)
  if (!read.ok) return rejected(read.error)
  const presented = read.value
  const service = checkPolicy(policy, attempt, presented)
  if ('outcome' in service) return service
  const payload = readPayload(policy, attempt, { presented, service })
  return 'outcome' in payload ? payload : { policy, attempt, presented, service, payload }
}

function prove(opened: Case, record: SigV4Record | undefined, key: MacKey): MaybePromise<Verdict> {
  const { attempt, policy, presented, payload } = opened
  const line = payloadLine(payload, attempt, policy.maxBodyBytes)
  const signature = map(line, (text) =>
    typeof text === 'string' ? signCanonical(key, canonicalOf(opened, text), presented) : text,
  )
  return map(signature, (expected) => {
    if (typeof expected !== 'string') return expected
    attempt.trace?.check('sigv4.key', record !== undefined)
    const same = equalDigests(expected, presented.signature)
    attempt.trace?.check('sigv4.signature', same)
    if (record === undefined) return rejected('sigv4.key-unknown')
    if (!same) return rejected('sigv4.signature-invalid', { id: record.id })
    return admit(opened, record, key)
  })
}

/** The canonical request of what was received. */
function canonicalOf({ attempt, presented, service }: Case, payload: string): string {
  const { view } = attempt
  const omit =
    presented.form === 'presigned' && !service.tokenSigned ? ['X-Amz-Security-Token'] : []
  return canonicalRequest({
    method: view.method,
    path: canonicalPath(pathOf(view.target), service.path),
    query: canonicalQuery(queryOf(view.target), omit),
    headers: presented.signedHeaders.map((name) => [
      name,
      name === 'host' ? [view.authority] : view.header(name),
    ]),
    payload,
  })
}

/** The signature is good: what is left is the body, the record, and whether it is the first time. */
function admit(opened: Case, record: SigV4Record, key: MacKey): MaybePromise<Verdict> {
  const { attempt, policy, presented, payload } = opened
  const { amzDate, scope, signature: seed } = presented
  const chain = { key, amzDate, scope, seed }
  const body = checkBody(payload, attempt, { chain, maxBodyBytes: policy.maxBodyBytes })
  return map(body, (changed) => {
    if (changed !== undefined) return changed
    return map(isIssued(record, presented), (issued) => {
      attempt.trace?.check('sigv4.session-token', issued)
      if (!issued) return rejected('sigv4.session-token-invalid', { id: record.id })
      return judge(opened, readRegistered(record, 'sigv4', attempt.now))
    })
  })
}

/** Compared as digests: tokens have any length, and where they differ is nobody's business. */
function isIssued(
  { sessionToken: issued }: SigV4Record,
  { sessionToken: sent }: Presented,
): MaybePromise<boolean> {
  if (issued === undefined || sent === undefined) return issued === undefined && sent === undefined
  return map(sha256(issued.reveal()), (left) =>
    map(sha256(sent), (right) => equalDigests(left, right)),
  )
}

const REASONS = {
  revoked: 'sigv4.revoked',
  notYetValid: 'sigv4.not-yet-valid',
  expired: 'sigv4.expired',
  networkDenied: 'sigv4.network-denied',
} as const

function judge(opened: Case, known: Registered): MaybePromise<Verdict> {
  const { attempt, policy, presented } = opened
  const { principal, limits } = known
  const { revocations } = policy
  const refused = judgeRegistered({ name: 'sigv4', reasons: REASONS, revocations }, attempt, known)
  if (refused !== undefined) return refused
  if (checkConfirmation(principal.confirmation, attempt) === 'unproven') {
    return rejected('sigv4.binding-unproven', { id: principal.credentialId })
  }
  return map(claim(opened, principal), (replay) => {
    if (replay !== undefined) return replay
    policy.onUse?.(principal.credentialId, attempt.now)
    return accepted({ ...principal, authenticatedAt: presented.signedAt }, limits)
  })
}

/** The signature is the use: no other header is needed, and every existing client is covered. */
function claim(
  { attempt, policy, presented }: Case,
  { tenant, credentialId }: Registered['principal'],
): MaybePromise<Rejected | undefined> {
  const { replay, toleranceSeconds, presigned } = policy
  const { signedAt, signature: use, lifetimeSeconds } = presented
  const methods: readonly string[] =
    lifetimeSeconds === undefined ? [] : (presigned?.repeatable ?? [])
  if (replay === undefined || methods.includes(attempt.view.method)) return undefined
  const maxAgeSeconds = lifetimeSeconds ?? policy.maxAgeSeconds
  const expiresAt = claimExpiry(signedAt, { maxAgeSeconds, toleranceSeconds })
  const one = { tenant, credentialId, use, signedAt, expiresAt, toleranceSeconds }
  return claimOnce({ store: replay, claim: one }, attempt, {
    check: 'sigv4.replay',
    replayed: rejected('sigv4.replayed', { id: credentialId }),
  })
}
