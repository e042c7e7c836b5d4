/** Rotation of keys that sign requests: a new id and key beside the old one for the overlap. */
import { ok } from 'countersign'
import type { CredentialRecord } from '../model/records.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { checkOverlap, checkRotatable, type RotationInput } from './api-key-rotation.ts'
import { audited, type RegistryContext } from './audited.ts'
import { checkValidity } from './checks.ts'
import type { Outcome } from './refusal.ts'
import { makeKeyMaterial, secretOf } from './signing-credentials-keys.ts'
import { findSigningCredential, type IssuedSigningCredential } from './signing-credentials.ts'

/** How a signing credential is rotated. */
export interface SigningRotationInput extends RotationInput {
  /** Of a public key: the new one. An HMAC key gets a new secret. */
  readonly publicJwk?: Readonly<Record<string, unknown>> | undefined
}

/** The new credential, and the old one with the end that it now has. */
export interface RotatedSigningCredential extends IssuedSigningCredential {
  readonly previous: CredentialRecord
}

/**
 * Rotates a signing credential: the new one has a new id, the same owner, kind, scopes, limits,
 * networks and metadata; the old one ends at the earlier of its own expiry and now + overlap. Of two
 * rotations at once one gets a conflict.
 */
export async function rotateSigningCredential(
  ctx: RegistryContext,
  input: SigningRotationInput,
  actor: Actor,
): Outcome<RotatedSigningCredential> {
  const { tenant, overlapSeconds } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findSigningCredential(unit.session, input)
    if (!found.ok) return found
    const old = found.value
    const expiresAt = input.expiresAt === undefined ? old.expiresAt : input.expiresAt
    const refused =
      (await checkRotatable(unit, old)) ??
      checkOverlap(overlapSeconds) ??
      checkValidity(unit.now, { notBefore: null, expiresAt }) ??
      checkEscalation(actor, old.scopes)
    if (refused !== undefined) return refused
    const kind = old.kind === 'hmac_key' ? 'hmac_key' : 'public_key'
    const key = makeKeyMaterial(ctx, kind, input.publicJwk)
    if (!key.ok) return key
    const fresh = { createdAt: unit.now, lastUsedAt: null, notBefore: null, expiresAt }
    const record: CredentialRecord = { ...old, ...key.value, ...fresh }
    const ends = Math.min(old.expiresAt ?? Infinity, unit.now + overlapSeconds)
    const handedOver = { expiresAt: ends, replacedBy: record.id }
    await unit.session.credentials.insert(record)
    await unit.session.credentials.update(old.id, handedOver)
    await unit.event('signing-credential.rotated', old.id, {
      replacedBy: record.id,
      overlapSeconds,
    })
    await unit.changed('credential', old.id)
    return ok({ record, secret: secretOf(ctx, record), previous: { ...old, ...handedOver } })
  })
}
