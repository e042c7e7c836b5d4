import type { ConsentRecord } from '../model/authorization.ts'

/** What somebody agrees to. */
export type Agreed = Pick<
  ConsentRecord,
  'tenant' | 'principalId' | 'clientId' | 'scopes' | 'audiences'
>

/** Reports whether a consent is in force. */
export const isInForce = (consent: ConsentRecord | undefined, now: number): boolean =>
  consent !== undefined &&
  consent.revokedAt === null &&
  (consent.expiresAt === null || consent.expiresAt > now)

/**
 * Which scopes a consent covers: the very strings. `orders:*` was not shown as `orders:read`, and
 * covers it no more than the other way round.
 */
export const coveredScopes = (
  consent: ConsentRecord | undefined,
  scopes: readonly string[],
  now: number,
): readonly string[] =>
  isInForce(consent, now) ? scopes.filter((scope) => consent?.scopes.includes(scope)) : []

/** Reports whether a consent covers all that is asked. */
export const coversAll = (
  consent: ConsentRecord | undefined,
  { scopes, audiences }: Pick<Agreed, 'scopes' | 'audiences'>,
  now: number,
): boolean =>
  isInForce(consent, now) &&
  coveredScopes(consent, scopes, now).length === scopes.length &&
  audiences.every((audience) => consent?.audiences.includes(audience))

/** The record of a pair after somebody agreed: with what was in force before. */
export function agree(
  before: ConsentRecord | undefined,
  agreed: Agreed,
  now: number,
): ConsentRecord {
  const kept = isInForce(before, now) ? before : undefined
  return {
    ...agreed,
    scopes: [...new Set([...(kept?.scopes ?? []), ...agreed.scopes])],
    audiences: [...new Set([...(kept?.audiences ?? []), ...agreed.audiences])],
    createdAt: kept?.createdAt ?? now,
    updatedAt: now,
    expiresAt: null,
    revokedAt: null,
  }
}
