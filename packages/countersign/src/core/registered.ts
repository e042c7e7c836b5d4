import { UnavailableError } from './errors.ts'
import { isRevoked } from './lease.ts'
import { assertLimitPolicy } from './limit-policy.ts'
import type { LimitPolicy } from './limits.ts'
import type { Attempt } from './method.ts'
import { isInNetworks, parseNetwork, type Network } from './network.ts'
import type { Confirmation, MethodName, Principal } from './principal.ts'
import type { ReasonCode } from './reasons.ts'
import type { RevocableFacts, Revocations } from './revocation.ts'
import { rejected, type Rejected } from './verdict.ts'

/**
 * What every credential has that an application or the authority keeps in a table, whatever its
 * proof is: whose it is, what it may do, from where and until when. Times are seconds since the
 * epoch.
 */
export interface RegisteredCredential {
  /** The public id: on the wire, in logs. */
  readonly id: string
  readonly tenant: string
  /** Whose credential it is. */
  readonly principalId: string
  /** @defaultValue `service`; a `client`'s principal id is its client id */
  readonly principalType?: 'service' | 'user' | 'client'
  /** What it may do. An empty list can do nothing. */
  readonly scopes: readonly string[]
  /** Becomes the principal's `claims`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Limits that travel with it. */
  readonly limits?: readonly LimitPolicy[]
  /** CIDR blocks that may use it; empty or absent means everywhere. */
  readonly networks?: readonly string[]
  readonly notBefore?: number | null
  readonly expiresAt?: number | null
  /** Set once the credential, its principal or its tenant was revoked. */
  readonly revokedAt?: number | null
  /** The key that whoever uses it must prove to hold as well. */
  readonly confirmation?: Confirmation | null
}

/** What an authority that keeps the table says of a credential it has verified. */
export interface Terms {
  readonly limits?: readonly LimitPolicy[]
  readonly networks?: readonly string[]
  readonly expiresAt?: number | null
}

/** A registered credential, read. Whether it may be used now is asked on every request. */
export interface Registered {
  readonly principal: Principal
  readonly limits: readonly LimitPolicy[] | undefined
  /** Undefined: everywhere. */
  readonly networks: readonly Network[] | undefined
  readonly notBefore: number
  readonly expiresAt: number
  readonly revoked: boolean
  /** What a revocation must name to end it. */
  readonly facts: RevocableFacts
}

/**
 * Reads a row of one's own table.
 *
 * @param now - Seconds since the epoch: when it was looked up.
 * @throws {@link UnavailableError} for limits or networks that cannot be read: the operator's
 * mistake is a 503 and a name, not an open door.
 */
export function readRegistered(
  record: RegisteredCredential,
  method: MethodName,
  now: number,
): Registered {
  const { tenant, id, principalId, principalType: type = 'service', confirmation } = record
  const facts = {
    id: principalId,
    tenant,
    method,
    credentialId: id,
    scopes: record.scopes,
    claims: record.metadata ?? {},
    authenticatedAt: now,
    ...(typeof record.expiresAt === 'number' ? { expiresAt: record.expiresAt } : {}),
    ...(confirmation === null || confirmation === undefined ? {} : { confirmation }),
  } as const
  const principal: Principal =
    type === 'client' ? { ...facts, type, clientId: principalId } : { ...facts, type }
  return {
    ...readVouched(principal, record, now),
    notBefore: record.notBefore ?? Number.NEGATIVE_INFINITY,
    revoked: typeof record.revokedAt === 'number',
  }
}

/**
 * Reads what an authority vouched for.
 *
 * @param issuedAt - Seconds since the epoch, by the authority's clock: when it looked.
 * @throws {@link UnavailableError} like {@link readRegistered}.
 */
export function readVouched(principal: Principal, terms: Terms, issuedAt: number): Registered {
  const { tenant, id: principalId, credentialId } = principal
  const clientId = principal.type === 'service' ? undefined : principal.clientId
  return {
    principal,
    ...readTerms(credentialId, terms),
    notBefore: Number.NEGATIVE_INFINITY,
    expiresAt: terms.expiresAt ?? Number.POSITIVE_INFINITY,
    revoked: false,
    facts: { tenant, principalId, clientId, credentialId, issuedAt },
  }
}

function readTerms(
  credentialId: string,
  { limits = [], networks = [] }: Terms,
): Pick<Registered, 'limits' | 'networks'> {
  try {
    for (const limit of limits) assertLimitPolicy(limit)
    return {
      limits: limits.length === 0 ? undefined : limits,
      networks: networks.length === 0 ? undefined : networks.map(parseNetwork),
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable'
    throw new UnavailableError('credential', `credential ${credentialId}: ${why}`)
  }
}

/** The rows that a method refuses with. */
export interface RegisteredReasons {
  readonly revoked: ReasonCode
  readonly notYetValid: ReasonCode
  readonly expired: ReasonCode
  readonly networkDenied: ReasonCode
}

/** Whose rows, and what has been revoked. */
export interface RegisteredPolicy {
  /** Prefix of the checks in the trace. */
  readonly name: MethodName
  readonly reasons: RegisteredReasons
  readonly revocations?: Revocations | undefined
}

/**
 * Decides whether a proven credential may be used now. Checks, in order: revoked, not-before,
 * expiry, networks. To be asked on every request, whatever was leased.
 *
 * @returns the rejection, or undefined when it may.
 */
export function judgeRegistered(
  { name, reasons, revocations }: RegisteredPolicy,
  { now, trace, clientAddress }: Attempt,
  known: Registered,
): Rejected | undefined {
  const id = known.principal.credentialId
  const revoked = known.revoked || isRevoked(revocations, known.facts)
  trace?.check(`${name}.revoked`, !revoked)
  if (revoked) return rejected(reasons.revoked, { id })
  trace?.check(`${name}.not-before`, now >= known.notBefore, finite(known.notBefore), now)
  if (now < known.notBefore) return rejected(reasons.notYetValid, { id })
  trace?.check(`${name}.expiry`, now < known.expiresAt, finite(known.expiresAt), now)
  if (now >= known.expiresAt) return rejected(reasons.expired, { id })
  if (known.networks === undefined) return undefined
  const inside = isInNetworks(clientAddress, known.networks)
  trace?.check(`${name}.network`, inside, undefined, clientAddress)
  return inside ? undefined : rejected(reasons.networkDenied, { id })
}

/** `explain` shows JSON, which has no infinity. */
const finite = (seconds: number): number | undefined =>
  Number.isFinite(seconds) ? seconds : undefined
