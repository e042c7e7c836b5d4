/** API keys of services: created once, changed, revoked; the record stays as a tombstone. */
import { ok, type Secret } from 'countersign'
import { isReservedEnvironment } from 'countersign/api-key'
import type { CredentialRecord, LimitRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { audited, type RegistryContext } from './audited.ts'
import {
  changedMembers,
  checkExpiryChange,
  checkMembers,
  type CredentialChange,
} from './credential-change.ts'
import { checkValidity } from './checks.ts'
import { mintSecret } from './mint.ts'
import { conflict, invalid, notFound, type Outcome, type Refused } from './refusal.ts'

/** What a new key is made of. Scopes have no default: a key that was given none can do nothing. */
export interface NewApiKey {
  readonly tenant: string
  readonly serviceId: string
  readonly name: string
  /** `live`, `test`, …: part of the key, so that a test key on live is refused without a look-up. */
  readonly environment: string
  readonly scopes: readonly string[]
  readonly limits?: readonly LimitRecord[] | undefined
  readonly networks?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly notBefore?: number | null | undefined
  readonly expiresAt?: number | null | undefined
}

/** A credential that was just made: the only moment at which its secret can be seen. */
export interface Issued {
  readonly record: CredentialRecord
  readonly secret: Secret
}

/** Names a credential of a tenant. */
export interface CredentialRef {
  readonly tenant: string
  readonly id: string
}

/**
 * Makes a key for a service. Checks, in order: the service lives, name, environment, scopes within
 * the service's, networks, limits, metadata, validity, and that the actor hands out no management
 * scope that it does not hold.
 */
export async function createApiKey(
  ctx: RegistryContext,
  input: NewApiKey,
  actor: Actor,
): Outcome<Issued> {
  const { tenant, serviceId, environment, notBefore = null, expiresAt = null } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const owner = await unit.session.principals.find(tenant, serviceId)
    if (owner?.kind !== 'service') return invalid('/serviceId', 'Name a service of this tenant.')
    if (owner.revokedAt !== null) return conflict('The service is revoked.')
    const refused =
      checkEnvironment(environment) ??
      checkMembers(input, owner) ??
      checkValidity(unit.now, { notBefore, expiresAt }) ??
      checkEscalation(actor, input.scopes)
    if (refused !== undefined) return refused
    const { secret, ...minted } = await mintSecret(ctx, environment)
    const record = recordOf(input, minted, unit.now)
    await unit.session.credentials.insert(record)
    await unit.event('key.created', record.id, { serviceId, environment, scopes: input.scopes })
    return ok({ record, secret })
  })
}

/** The key, revoked or not; never of another tenant. */
export async function findApiKey(
  { credentials }: Pick<StoreSession, 'credentials'>,
  { tenant, id }: CredentialRef,
): Outcome<CredentialRecord> {
  const record = await credentials.find(id)
  if (record?.kind !== 'api_key' || record.tenant !== tenant) return notFound('key')
  return ok(record)
}

/** Changes a key; verifiers that lease it look again. An expiry may be brought forward or back. */
export async function updateApiKey(
  ctx: RegistryContext,
  input: CredentialRef & { readonly change: CredentialChange },
  actor: Actor,
): Outcome<CredentialRecord> {
  const { tenant, id, change } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findApiKey(unit.session, input)
    if (!found.ok) return found
    const before = found.value
    if (before.revokedAt !== null) return conflict('The key is revoked.')
    if (before.replacedBy !== null) return conflict('The key was rotated; change its successor.')
    const owner = await unit.session.principals.find(tenant, before.principalId)
    const refused =
      checkMembers(change, owner) ??
      checkExpiryChange(unit, before, change) ??
      checkEscalation(actor, change.scopes ?? [])
    if (refused !== undefined) return refused
    const given = changedMembers(change)
    await unit.session.credentials.update(id, given)
    await unit.event('key.changed', id, { members: Object.keys(given) })
    await unit.changed('credential', id)
    return ok({ ...before, ...given })
  })
}

/** Revokes a key at once and leaves its tombstone. Idempotent. */
export async function revokeApiKey(
  ctx: RegistryContext,
  input: CredentialRef & { readonly reason?: string | undefined },
  actor: Actor,
): Outcome<CredentialRecord> {
  const { tenant, id, reason = 'revoked' } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findApiKey(unit.session, input)
    if (!found.ok) return found
    const changed = await unit.session.credentials.revoke(id, unit.now, reason)
    if (!changed) return found
    await unit.event('key.revoked', id, { reason })
    await unit.revoked('credential', id)
    return ok({ ...found.value, revokedAt: unit.now, revokedReason: reason })
  })
}

function checkEnvironment(environment: string): Refused | undefined {
  if (/^[a-z]{2,16}$/.test(environment) && !isReservedEnvironment(environment)) return undefined
  return invalid('/environment', 'Write 2 to 16 lower-case letters such as "live"; not at, rt, cs.')
}

function recordOf(
  input: NewApiKey,
  minted: Pick<CredentialRecord, 'id' | 'digest' | 'pepperVersion'>,
  now: number,
): CredentialRecord {
  return {
    ...BLANK,
    ...minted,
    tenant: input.tenant,
    principalId: input.serviceId,
    name: input.name,
    environment: input.environment,
    scopes: input.scopes,
    limits: input.limits ?? [],
    networks: input.networks ?? [],
    metadata: input.metadata ?? {},
    notBefore: input.notBefore ?? null,
    expiresAt: input.expiresAt ?? null,
    createdAt: now,
  }
}

const BLANK = {
  kind: 'api_key',
  algorithm: 'hmac-sha256',
  revokedAt: null,
  revokedReason: null,
  replacedBy: null,
  lastUsedAt: null,
  publicJwk: null,
  confirmation: null,
} as const
