import { digest, sha256 } from '#crypto'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { isRevoked } from '../../core/lease.ts'
import { assertLimitPolicy } from '../../core/limit-policy.ts'
import type { LimitPolicy } from '../../core/limits.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { isInNetworks, parseNetwork, type Network } from '../../core/network.ts'
import type { ServicePrincipal } from '../../core/principal.ts'
import { claimExpiry, claimOnce, type ReplayStore } from '../../core/replay.ts'
import { assertFresh, type Revocations } from '../../core/revocation.ts'
import { accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import { signedContent, type WebhookFormat, type WebhookMessage } from './format.ts'

/** Who sends: one sender has one endpoint, with keys of its own. */
export interface WebhookSender {
  /** Becomes the principal's `id` and `credentialId`: `stripe`. */
  readonly id: string
  /** @defaultValue `default` */
  readonly tenant?: string
  /** What its deliveries may do. @defaultValue nothing */
  readonly scopes?: readonly string[]
  /** Limits that travel with it. */
  readonly limits?: readonly LimitPolicy[]
  /** CIDR blocks that it sends from. @defaultValue everywhere */
  readonly networks?: readonly string[]
}

/** How the webhooks of one sender are accepted. */
export interface WebhookOptions {
  /** `standardWebhooks({…})`, `stripe({…})`, `github({…})`, or one's own. */
  readonly format: WebhookFormat
  readonly sender: WebhookSender
  /**
   * Where accepted deliveries are remembered; shared by every process that accepts them.
   * @defaultValue the memory of this process
   */
  readonly replay?: ReplayStore
  /**
   * Age at which a delivery is refused, in seconds; 1 to 3600. There is no value that turns the
   * check off.
   * @defaultValue 300
   */
  readonly maxAgeSeconds?: number
  /** Difference of two well-kept clocks, in seconds; at most 300. @defaultValue 5 */
  readonly clockToleranceSeconds?: number
  /** Largest body that is read. GitHub sends up to 25 MiB. @defaultValue 1 048 576: 1 MiB */
  readonly maxBodyBytes?: number
  /** Ends a sender at once, by its id, its tenant or as a credential. */
  readonly revocations?: Revocations
}

interface ResolvedWebhook {
  readonly format: WebhookFormat
  readonly principal: Omit<ServicePrincipal, 'claims' | 'authenticatedAt'>
  readonly limits: readonly LimitPolicy[] | undefined
  readonly networks: readonly Network[] | undefined
  readonly replay: ReplayStore
  readonly maxAgeSeconds: number
  readonly toleranceSeconds: number
  readonly maxBodyBytes: number
  readonly revocations: Revocations | undefined
}

/**
 * Accepts the webhooks of one sender.
 *
 * Checks, in order: POST, form of the fields, age (before the body is read), size of the body,
 * signature over its bytes, revoked, networks, first use. A delivery is remembered only after
 * everything else was good: nobody but the sender can fill the store or use up a delivery.
 *
 * Does not check the path or other fields: no format signs them. Give every sender an endpoint, a
 * guard and keys of its own, and decide by the body alone what happened. Does not check scopes or
 * limits (the guard does).
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const billing = webhook({ format: stripe({ secrets: [secret] }), sender: { id: 'stripe' } })
 * const desk = guard({ methods: [billing] })
 * ```
 */
export function webhook(options: WebhookOptions): Method {
  const policy = resolve(options)
  const { name, field } = policy.format
  return Object.freeze({
    name: 'webhook',
    challenge: { scheme: 'Webhook', parameters: { format: name } },
    locate: ({ view }: Attempt) => (view.header(field).length > 0 ? 'signature' : undefined),
    verify: (attempt: Attempt) => verifyWebhook(policy, attempt),
  })
}

const MAX_AGE_SECONDS = 3600
const MAX_TOLERANCE_SECONDS = 300
const MIB = 1_048_576

function resolve(options: WebhookOptions): ResolvedWebhook {
  const { format, maxAgeSeconds = 300, maxBodyBytes = MIB, replay = memoryReplay() } = options
  const { clockToleranceSeconds: toleranceSeconds = DEFAULTS.clockToleranceSeconds } = options
  const { id, tenant = 'default', scopes = [], limits, networks } = options.sender
  assertConfig(id !== '' && tenant !== '', 'CS_CONFIG_WEBHOOK_SENDER', 'webhook: name the sender')
  assertBetween('maxAgeSeconds', maxAgeSeconds, [1, MAX_AGE_SECONDS])
  assertBetween('clockToleranceSeconds', toleranceSeconds, [0, MAX_TOLERANCE_SECONDS])
  assertBetween('maxBodyBytes', maxBodyBytes, [1, Number.MAX_SAFE_INTEGER])
  for (const limit of limits ?? []) assertLimitPolicy(limit)
  return {
    format,
    principal: { type: 'service', id, tenant, method: 'webhook', credentialId: id, scopes },
    limits,
    networks: networks?.map(parseNetwork),
    replay,
    maxAgeSeconds,
    toleranceSeconds,
    maxBodyBytes,
    revocations: options.revocations,
  }
}

/** Zero and null turn the check of the time off elsewhere; here they are mistakes. */
function assertBetween(name: string, value: number, [least, most]: [number, number]): void {
  assertConfig(
    Number.isInteger(value) && value >= least && value <= most,
    'CS_CONFIG_WEBHOOK_BOUND',
    `webhook: ${name} is a whole number from ${least} to ${most}`,
  )
}

function verifyWebhook(policy: ResolvedWebhook, attempt: Attempt): MaybePromise<Verdict> {
  const message = readMessage(policy, attempt)
  if ('outcome' in message) return message
  const untimely = checkTime(policy, attempt, message)
  if (untimely !== undefined) return untimely
  if (policy.revocations !== undefined) assertFresh(policy.revocations, attempt.now)
  return map(attempt.view.body(policy.maxBodyBytes), (body) => {
    attempt.trace?.check('webhook.body', body.ok, policy.maxBodyBytes)
    if (!body.ok) return rejected(body.error)
    const content = signedContent(message.prefix, body.value)
    return map(policy.format.verify(message.signatures, content), (good) => {
      attempt.trace?.check('webhook.signature', good, 1, message.signatures.length)
      if (!good) return rejected('webhook.signature-invalid')
      return judge(policy, attempt, { ...message, content })
    })
  })
}

function readMessage({ format }: ResolvedWebhook, attempt: Attempt): WebhookMessage | Rejected {
  const { view, trace } = attempt
  trace?.check('webhook.method', view.method === 'POST', 'POST', view.method)
  if (view.method !== 'POST') return rejected('webhook.method-mismatch')
  const message = format.read((name) => view.header(name))
  trace?.check('webhook.form', message.ok, format.name, message.ok ? undefined : message.error)
  return message.ok ? message.value : rejected('webhook.malformed', { why: message.error })
}

function checkTime(
  { maxAgeSeconds, toleranceSeconds }: ResolvedWebhook,
  { now, trace }: Attempt,
  { signedAt }: WebhookMessage,
): Rejected | undefined {
  if (signedAt === undefined) return undefined
  const age = now - signedAt
  const old = age > maxAgeSeconds + toleranceSeconds
  const ahead = -age > toleranceSeconds
  trace?.check('webhook.age', !old && !ahead, maxAgeSeconds, age)
  if (old) return rejected('webhook.too-old', { age })
  return ahead ? rejected('webhook.in-future', { age }) : undefined
}

/** A message whose signature is good. */
interface ProvenMessage extends WebhookMessage {
  readonly content: Uint8Array
}

function judge(
  policy: ResolvedWebhook,
  attempt: Attempt,
  message: ProvenMessage,
): MaybePromise<Verdict> {
  const { principal, networks, limits } = policy
  const { trace, clientAddress } = attempt
  const revoked = isRevoked(policy.revocations, {
    tenant: principal.tenant,
    principalId: principal.id,
    credentialId: principal.credentialId,
  })
  trace?.check('webhook.revoked', !revoked)
  if (revoked) return rejected('webhook.revoked', { id: principal.id })
  const inside = networks === undefined || isInNetworks(clientAddress, networks)
  trace?.check('webhook.network', inside, undefined, clientAddress)
  if (!inside) return rejected('webhook.network-denied', { id: principal.id })
  return map(
    claim(policy, attempt, message),
    (used) => used ?? accepted(principalOf(policy, attempt, message), limits),
  )
}

/**
 * Claims what was signed, and not a signature: a delivery that was signed with two keys during a
 * rotation is one delivery, whichever of its signatures a capture keeps.
 */
function claim(
  { format, principal, replay, maxAgeSeconds, toleranceSeconds }: ResolvedWebhook,
  attempt: Attempt,
  { use, content, signedAt }: ProvenMessage,
): MaybePromise<Rejected | undefined> {
  const { tenant, credentialId } = principal
  const times =
    signedAt === undefined
      ? // No time is signed: ours is all there is, and our clock needs no tolerance.
        {
          signedAt: attempt.now,
          expiresAt: attempt.now + (format.rememberSeconds ?? maxAgeSeconds),
          toleranceSeconds: 0,
        }
      : {
          signedAt,
          expiresAt: claimExpiry(signedAt, { maxAgeSeconds, toleranceSeconds }),
          toleranceSeconds,
        }
  const name = use === undefined ? digest('sha256', content, 'base64url') : sha256(use)
  return map(name, (digested) =>
    claimOnce(
      { store: replay, claim: { tenant, credentialId, use: digested, ...times } },
      attempt,
      { check: 'webhook.first-use', replayed: rejected('webhook.replayed', { id: principal.id }) },
    ),
  )
}

function principalOf(
  { principal, format }: ResolvedWebhook,
  { now }: Attempt,
  { messageId, signedAt }: WebhookMessage,
): ServicePrincipal {
  const claims = {
    format: format.name,
    bodyBound: true,
    ...(messageId === undefined ? {} : { messageId }),
    ...(signedAt === undefined ? {} : { timestamp: signedAt }),
  }
  return { ...principal, claims, authenticatedAt: Math.min(now, signedAt ?? now) }
}
