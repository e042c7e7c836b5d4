import { map, type MaybePromise } from '../../core/maybe.ts'
import { matchesCredential } from '../../crypto/generated-secret.ts'
import { INACTIVE, proveToken, type TokenProof } from './proof.ts'
import type { OpaqueRecords, OpaqueTokenRecord } from './source.ts'

/** A token as it is looked up. */
export interface PresentedToken {
  /** The whole token. */
  readonly text: string
  /** Its public id, where the form tells one. */
  readonly id: string | undefined
}

/**
 * Looks a token up in a table of one's own. Costs one look-up, one HMAC and one comparison, for an
 * unknown id as for a known one; unknown, wrong and revoked are one answer.
 */
export function proveByRecord(
  source: OpaqueRecords,
  { text, id }: PresentedToken,
): MaybePromise<TokenProof> {
  if (id === undefined) return INACTIVE
  return map(source.find(id), (record) =>
    map(matchesCredential(source.peppers, record, text), (matches) =>
      matches && record?.active === true ? readRecord(record) : INACTIVE,
    ),
  )
}

function readRecord(record: OpaqueTokenRecord): TokenProof {
  return proveToken({
    ...record,
    tokenId: record.id,
    clientId: record.clientId,
    grantId: record.grantId,
    claims: record.claims ?? {},
    confirmation: record.confirmation,
    actor: record.actor,
    issuer: undefined,
    authenticatedAt: record.issuedAt,
    notBefore: undefined,
  })
}
