/** Keys of services that sign requests: HMAC secrets and public keys. Tombstones stay. */
import { ok, type Secret } from 'countersign'
import type { CredentialRecord, LimitRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import { checkEscalation, type Actor } from './actor.ts'
import type { CredentialRef } from './api-keys.ts'
import { audited, type RegistryContext } from './audited.ts'
import { checkValidity } from './checks.ts'
import {
  changedMembers,
  checkExpiryChange,
  checkMembers,
  type CredentialChange,
} from './credential-change.ts'
import { conflict, invalid, notFound, type Outcome } from './refusal.ts'
import {
  makeKeyMaterial,
  secretOf,
  type SigningKeyMaterial,
  type SigningKind,
} from './signing-credentials-keys.ts'

/** What a new signing credential is made of. Scopes have no default. */
export interface NewSigningCredential {
  readonly tenant: string
  readonly serviceId: string
  readonly kind: SigningKind
  /** With `public_key`, and only with it: Ed25519 or P-256. */
  readonly publicJwk?: Readonly<Record<string, unknown>> | undefined
  readonly name: string
  readonly scopes: readonly string[]
  readonly limits?: readonly LimitRecord[] | undefined
  readonly networks?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly notBefore?: number | null | undefined
  readonly expiresAt?: number | null | undefined
}

/** A signing credential that was just made. */
export interface IssuedSigningCredential {
  readonly record: CredentialRecord
  /** Of an HMAC key: shown this once. A public key has none. */
  readonly secret: Secret | undefined
}

/**
 * Makes a signing credential for a service; its id is the `keyid` and the access key id on the
 * wire. Checks, in order: the service lives, members and scopes within the service's, validity, the
 * key, and that the actor hands out no management scope that it does not hold.
 */
export async function createSigningCredential(
  ctx: RegistryContext,
  input: NewSigningCredential,
  actor: Actor,
): Outcome<IssuedSigningCredential> {
  const { tenant, serviceId, kind, scopes, notBefore = null, expiresAt = null } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const owner = await unit.session.principals.find(tenant, serviceId)
    if (owner?.kind !== 'service') return invalid('/serviceId', 'Name a service of this tenant.')
    if (owner.revokedAt !== null) return conflict('The service is revoked.')
    const refused =
      checkMembers(input, owner) ??
      checkValidity(unit.now, { notBefore, expiresAt }) ??
      checkEscalation(actor, scopes)
    if (refused !== undefined) return refused
    const key = makeKeyMaterial(ctx, kind, input.publicJwk)
    if (!key.ok) return key
    const record = { ...recordOf(input), ...key.value, createdAt: unit.now }
    await unit.session.credentials.insert(record)
    await unit.event('signing-credential.created', record.id, { serviceId, kind, scopes })
    return ok({ record, secret: secretOf(ctx, record) })
  })
}

/** The signing credential, revoked or not; never of another tenant. */
export async function findSigningCredential(
  { credentials }: Pick<StoreSession, 'credentials'>,
  { tenant, id }: CredentialRef,
): Outcome<CredentialRecord> {
  const record = await credentials.find(id)
  if (!isSigningCredential(record) || record.tenant !== tenant) {
    return notFound('signing credential')
  }
  return ok(record)
}

/** Changes a signing credential; verifiers that lease it look again. */
export async function updateSigningCredential(
  ctx: RegistryContext,
  input: CredentialRef & { readonly change: CredentialChange },
  actor: Actor,
): Outcome<CredentialRecord> {
  const { tenant, id, change } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findSigningCredential(unit.session, input)
    if (!found.ok) return found
    const before = found.value
    if (before.revokedAt !== null) return conflict('The credential is revoked.')
    if (before.replacedBy !== null) return conflict('It was rotated; change its successor.')
    const owner = await unit.session.principals.find(tenant, before.principalId)
    const refused =
      checkMembers(change, owner) ??
      checkExpiryChange(unit, before, change) ??
      checkEscalation(actor, change.scopes ?? [])
    if (refused !== undefined) return refused
    const given = changedMembers(change)
    await unit.session.credentials.update(id, given)
    await unit.event('signing-credential.changed', id, { members: Object.keys(given) })
    await unit.changed('credential', id)
    return ok({ ...before, ...given })
  })
}

/** Revokes a signing credential at once and leaves its tombstone. Idempotent. */
export async function revokeSigningCredential(
  ctx: RegistryContext,
  input: CredentialRef & { readonly reason?: string | undefined },
  actor: Actor,
): Outcome<CredentialRecord> {
  const { tenant, id, reason = 'revoked' } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findSigningCredential(unit.session, input)
    if (!found.ok) return found
    const changed = await unit.session.credentials.revoke(id, unit.now, reason)
    if (!changed) return found
    await unit.event('signing-credential.revoked', id, { reason })
    await unit.revoked('credential', id)
    return ok({ ...found.value, revokedAt: unit.now, revokedReason: reason })
  })
}

const isSigningCredential = (record: CredentialRecord | undefined): record is CredentialRecord =>
  record?.kind === 'hmac_key' || record?.kind === 'public_key'

const recordOf = (
  input: NewSigningCredential,
): Omit<CredentialRecord, keyof SigningKeyMaterial | 'createdAt'> => ({
  tenant: input.tenant,
  principalId: input.serviceId,
  name: input.name,
  environment: '',
  scopes: input.scopes,
  limits: input.limits ?? [],
  networks: input.networks ?? [],
  metadata: input.metadata ?? {},
  notBefore: input.notBefore ?? null,
  expiresAt: input.expiresAt ?? null,
  revokedAt: null,
  revokedReason: null,
  replacedBy: null,
  lastUsedAt: null,
  confirmation: null,
})
