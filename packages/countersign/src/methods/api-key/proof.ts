import type { Leased } from '../../core/lease.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { REASONS, type ReasonCode } from '../../core/reasons.ts'
import { readRegistered, readVouched, type Registered } from '../../core/registered.ts'
import { Secret } from '../../core/secret.ts'
import { matchesCredential } from '../../crypto/generated-secret.ts'
import type { ApiKeySource, RemoteKeyVerdict } from './source.ts'

/** A key whose secret fits. Whether it may be used now is asked on every request. */
export interface ProvenKey extends Registered {
  readonly outcome: 'proven'
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
      return lease(proven(readRegistered(record, 'api-key', now)), now)
    }),
  )
}

const refused = (reason: ReasonCode): Leased<KeyProof> => ({
  value: { outcome: 'refused', reason },
})

const proven = (registered: Registered): ProvenKey => ({ outcome: 'proven', ...registered })

/** What is over already is remembered briefly, like a wrong key; the rest while it may be used. */
function lease(proof: KeyProof, now: number): Leased<KeyProof> {
  if (proof.outcome === 'refused' || proof.revoked || proof.expiresAt <= now) {
    return { value: proof }
  }
  return { value: proof, facts: proof.facts, expiresAt: proof.expiresAt }
}

function readVerdict(verdict: RemoteKeyVerdict): KeyProof {
  if (verdict.outcome === 'accepted') {
    return proven(readVouched({ ...verdict.principal, method: 'api-key' }, verdict, verdict.asOf))
  }
  // A reason of another method, or of a newer authority, must not choose another answer.
  const { reason } = verdict
  const ours = reason.startsWith('api-key.') && Object.hasOwn(REASONS, reason)
  return { outcome: 'refused', reason: ours ? reason : 'api-key.unknown' }
}
