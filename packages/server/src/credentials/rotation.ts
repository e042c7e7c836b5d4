/** Rotation: a new credential beside the old one for as long as callers need to change over. */
import { ok, type MaybePromise, type Result } from 'countersign'
import type { CredentialRecord } from '../model/records.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkScopes, checkValidity } from './checks.ts'
import { conflict, invalid, type Outcome, type Refusal, type Refused } from './refusal.ts'
import {
  serviceCredentials,
  type CredentialRef,
  type Family,
  type IssuedCredential,
  type MadeKey,
} from './service-credentials.ts'

/** The longest overlap of two keys, in seconds: 30 days. */
export const MAX_OVERLAP_SECONDS = 2_592_000

/** How a credential is rotated. */
export interface RotationInput extends CredentialRef {
  /** How long the old one still works; never longer than it would have anyway. */
  readonly overlapSeconds: number
  /** Expiry of the new one; the old one's own when absent. */
  readonly expiresAt?: number | null | undefined
}

/** The new credential, and the old one with the end that it now has. */
export interface RotatedCredential<Secret> extends IssuedCredential<Secret> {
  readonly previous: CredentialRecord
}

/**
 * Rotates a credential: the new one has a new id and the same owner, scopes, limits, networks and
 * metadata, and the old one ends at the earlier of its own expiry and now + overlap. Rotation never
 * extends the old one, and of two rotations at once one gets a conflict.
 */
export function rotateCredential<Secret>(
  family: Family,
  ctx: RegistryContext,
  {
    input,
    actor,
    make,
  }: {
    readonly input: RotationInput
    readonly actor: Actor
    readonly make: (old: CredentialRecord) => MaybePromise<Result<MadeKey<Secret>, Refusal>>
  },
): Outcome<RotatedCredential<Secret>> {
  const { tenant, overlapSeconds } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await serviceCredentials(family).find(unit.session, input)
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
    const made = await make(old)
    if (!made.ok) return made
    const { key, secret } = made.value
    const fresh = { createdAt: unit.now, lastUsedAt: null, notBefore: null, expiresAt }
    const record: CredentialRecord = { ...old, ...key, ...fresh }
    const ends = Math.min(old.expiresAt ?? Infinity, unit.now + overlapSeconds)
    const handedOver = { expiresAt: ends, replacedBy: record.id }
    await unit.session.credentials.insert(record)
    await unit.session.credentials.update(old.id, handedOver)
    await unit.event(`${family.event}.rotated`, old.id, { replacedBy: record.id, overlapSeconds })
    await unit.changed('credential', old.id)
    return ok({ record, secret, previous: { ...old, ...handedOver } })
  })
}

/** A credential can be rotated once, while it and its owner live. */
async function checkRotatable(unit: Unit, old: CredentialRecord): Promise<Refused | undefined> {
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

function checkOverlap(overlapSeconds: number): Refused | undefined {
  const fits =
    Number.isInteger(overlapSeconds) && overlapSeconds >= 0 && overlapSeconds <= MAX_OVERLAP_SECONDS
  return fits ? undefined : invalid('/overlapSeconds', `Write 0 to ${MAX_OVERLAP_SECONDS} seconds.`)
}
