import { UnavailableError } from '../../core/errors.ts'
import type { Leased } from '../../core/lease.ts'
import type { LimitPolicy } from '../../core/limits.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { assertLimitPolicy } from '../../core/limit-policy.ts'
import { parseNetwork, type Network } from '../../core/network.ts'
import type { Principal } from '../../core/principal.ts'
import { REASONS, type ReasonCode } from '../../core/reasons.ts'
import type { RevocableFacts } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { matchesCredential } from '../../crypto/generated-secret.ts'
import type { ApiKeyRecord, ApiKeySource, RemoteKeyVerdict } from './source.ts'

/** A key whose secret fits. Whether it may be used now is asked on every request. */
export interface ProvenKey {
  readonly outcome: 'proven'
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

/** A well-formed key as it is looked up. */
export interface PresentedKey {
  readonly id: string
  /** The whole key. */
  readonly text: string
}

/** What a source says about a key. */
export type KeyProof = ProvenKey | { readonly outcome: 'refused'; readonly reason: ReasonCode }

/**
 * Asks the source whether a key is real. Costs one look-up, one HMAC and one comparison, for an
 * unknown id as for a known one.
 *
 * @throws {@link UnavailableError} when the source is down, or a record cannot be read.
 */
export function proveKey(
  source: ApiKeySource,
  { id, text }: PresentedKey,
  now: number,
): MaybePromise<Leased<KeyProof>> {
  if (source.kind === 'remote') {
    return map(source.verify(new Secret(text)), (verdict) => lease(readVerdict(verdict), now))
  }
  return map(source.find(id), (record) =>
    map(matchesCredential(source.peppers, record, text), (matches) => {
      if (record === undefined) return refused('api-key.unknown')
      if (!matches) return refused('api-key.secret-mismatch')
      return lease(readRecord(record, now), now)
    }),
  )
}

const refused = (reason: ReasonCode): Leased<KeyProof> => ({
  value: { outcome: 'refused', reason },
})

/** What is over already is remembered briefly, like a wrong key; the rest while it may be used. */
function lease(proof: KeyProof, now: number): Leased<KeyProof> {
  if (proof.outcome === 'refused' || proof.revoked || proof.expiresAt <= now) {
    return { value: proof }
  }
  return { value: proof, facts: proof.facts, expiresAt: proof.expiresAt }
}

function readRecord(record: ApiKeyRecord, now: number): ProvenKey {
  const { tenant, id, principalId, principalType: type = 'service' } = record
  const facts = {
    id: principalId,
    tenant,
    method: 'api-key',
    credentialId: id,
    scopes: record.scopes,
    claims: record.metadata ?? {},
    authenticatedAt: now,
    ...(typeof record.expiresAt === 'number' ? { expiresAt: record.expiresAt } : {}),
  } as const
  const principal: Principal =
    type === 'client' ? { ...facts, type, clientId: principalId } : { ...facts, type }
  return {
    ...prove(principal, record, now),
    notBefore: record.notBefore ?? Number.NEGATIVE_INFINITY,
    revoked: typeof record.revokedAt === 'number',
  }
}

function readVerdict(verdict: RemoteKeyVerdict): KeyProof {
  if (verdict.outcome === 'accepted') {
    return prove({ ...verdict.principal, method: 'api-key' }, verdict, verdict.asOf)
  }
  // A reason of another method, or of a newer authority, must not choose another answer.
  const { reason } = verdict
  const ours = reason.startsWith('api-key.') && Object.hasOwn(REASONS, reason)
  return { outcome: 'refused', reason: ours ? reason : 'api-key.unknown' }
}

interface Terms {
  readonly limits?: readonly LimitPolicy[]
  readonly networks?: readonly string[]
  readonly expiresAt?: number | null
}

function prove(principal: Principal, terms: Terms, issuedAt: number): ProvenKey {
  const { tenant, id: principalId, credentialId } = principal
  const clientId = principal.type === 'service' ? undefined : principal.clientId
  const { limits, networks, expiresAt } = terms
  return {
    outcome: 'proven',
    principal,
    ...readTerms(credentialId, limits, networks),
    notBefore: Number.NEGATIVE_INFINITY,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    revoked: false,
    facts: { tenant, principalId, clientId, credentialId, issuedAt },
  }
}

/** A record that cannot be read is the operator's mistake: 503 and a name, not an open door. */
function readTerms(
  credentialId: string,
  limits: readonly LimitPolicy[] = [],
  networks: readonly string[] = [],
): Pick<ProvenKey, 'limits' | 'networks'> {
  try {
    for (const limit of limits) assertLimitPolicy(limit)
    return {
      limits: limits.length === 0 ? undefined : limits,
      networks: networks.length === 0 ? undefined : networks.map(parseNetwork),
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable'
    throw new UnavailableError('credential', `API key ${credentialId}: ${why}`)
  }
}
