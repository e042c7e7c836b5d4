/** Rotation: a new key beside the old one for as long as callers need to change over. */
import { ok } from 'countersign'
import type { CredentialRecord } from '../model/records.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { findApiKey, type CredentialRef, type Issued } from './api-keys.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkScopes, checkValidity } from './checks.ts'
import { mintSecret } from './mint.ts'
import { conflict, invalid, type Outcome, type Refused } from './refusal.ts'

/** The longest overlap of two keys, in seconds: 30 days. */
export const MAX_OVERLAP_SECONDS = 2_592_000

/** How a key is rotated. */
export interface RotationInput extends CredentialRef {
  /** How long the old key still works; never longer than it would have anyway. */
  readonly overlapSeconds: number
  /** Expiry of the new key; the old key's own when absent. */
  readonly expiresAt?: number | null | undefined
}

/** The new key, and the old one with the end that it now has. */
export interface Rotated extends Issued {
  readonly previous: CredentialRecord
}

/**
 * Rotates a key: the new one has the same owner, scopes, limits, networks and metadata, and the old
 * one ends at the earlier of its own expiry and now + overlap. Rotation never extends the old key,
 * and of two rotations at once one gets a conflict.
 */
export async function rotateApiKey(
  ctx: RegistryContext,
  input: RotationInput,
  actor: Actor,
): Outcome<Rotated> {
  const { tenant, overlapSeconds } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findApiKey(unit.session, input)
    if (!found.ok) return found
    const old = found.value
    const expiresAt = input.expiresAt === undefined ? old.expiresAt : input.expiresAt
    const refused =
      (await checkRotatable(unit, old)) ??
      checkOverlap(overlapSeconds) ??
      checkValidity(unit.now, { notBefore: null, expiresAt }) ??
      // Whoever sees the new secret could use its scopes.
      checkEscalation(actor, old.scopes)
    if (refused !== undefined) return refused
    const { secret, ...minted } = await mintSecret(ctx, old.environment)
    const fresh = { createdAt: unit.now, lastUsedAt: null, notBefore: null, expiresAt }
    const record: CredentialRecord = { ...old, ...minted, ...fresh }
    const ends = Math.min(old.expiresAt ?? Infinity, unit.now + overlapSeconds)
    const handedOver = { expiresAt: ends, replacedBy: record.id }
    await unit.session.credentials.insert(record)
    await unit.session.credentials.update(old.id, handedOver)
    await unit.event('key.rotated', old.id, { replacedBy: record.id, overlapSeconds })
    await unit.changed('credential', old.id)
    return ok({ record, secret, previous: { ...old, ...handedOver } })
  })
}

/** A credential can be rotated once, while it and its owner live. */
export async function checkRotatable(
  unit: Unit,
  old: CredentialRecord,
): Promise<Refused | undefined> {
  if (old.revokedAt !== null) return conflict('The key is revoked; create a new one.')
  if (old.replacedBy !== null) return conflict('The key was rotated already; rotate its successor.')
  if (old.expiresAt !== null && old.expiresAt <= unit.now) {
    return conflict('The key has expired; create a new one.')
  }
  const owner = await unit.session.principals.find(old.tenant, old.principalId)
  if (owner === undefined || owner.revokedAt !== null) return conflict('The service is revoked.')
  // The owner may have lost scopes since the key was made.
  return checkScopes(old.scopes, owner.scopes)
}

/** The overlap is a whole number of seconds within the bound. */
export function checkOverlap(overlapSeconds: number): Refused | undefined {
  const fits =
    Number.isInteger(overlapSeconds) && overlapSeconds >= 0 && overlapSeconds <= MAX_OVERLAP_SECONDS
  return fits ? undefined : invalid('/overlapSeconds', `Write 0 to ${MAX_OVERLAP_SECONDS} seconds.`)
}
