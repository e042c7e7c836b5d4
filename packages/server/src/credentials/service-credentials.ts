/**
 * What the credentials of services have in common, whatever their proof is: how one is made, found,
 * changed and revoked. A kind adds what its key is; its rotation is in rotation.ts.
 */
import { ok, type Confirmation, type MaybePromise, type Result } from 'countersign'
import type { CredentialRecord, LimitRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkValidity } from './checks.ts'
import {
  changedMembers,
  checkExpiryChange,
  checkMembers,
  type CredentialChange,
} from './credential-change.ts'
import { conflict, invalid, notFound, type Outcome, type Refusal, type Refused } from './refusal.ts'

/** Names a credential of a tenant. */
export interface CredentialRef {
  readonly tenant: string
  readonly id: string
}

/** A kind of credential, by the words that it is spoken of with. */
export interface Family {
  /** How its events begin: `key` for `key.created`. */
  readonly event: string
  /** As in "no such key". */
  readonly noun: string
  /** As in "the key is revoked". */
  readonly short: string
  readonly kinds: readonly CredentialRecord['kind'][]
}

/** What a credential of a service is made of. Scopes have no default: without any it can do nothing. */
export interface NewServiceCredential {
  readonly tenant: string
  readonly serviceId: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly limits?: readonly LimitRecord[] | undefined
  readonly networks?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly notBefore?: number | null | undefined
  readonly expiresAt?: number | null | undefined
  /** The key that whoever uses it must prove to hold as well. */
  readonly confirmation?: Confirmation | null | undefined
}

/** What a key is, apart from whose it is and what it may do. */
export type KeyMaterial = Pick<
  CredentialRecord,
  'id' | 'kind' | 'environment' | 'digest' | 'algorithm' | 'pepperVersion' | 'publicJwk'
>

/** A new key, and the secret that its owner sees once; undefined where it has none. */
export interface MadeKey<Secret> {
  readonly key: KeyMaterial
  readonly secret: Secret
}

/** Who makes a key, and how. */
interface Making<Secret> {
  readonly actor: Actor
  /** Called once everything else was found good. */
  readonly make: () => MaybePromise<Result<MadeKey<Secret>, Refusal>>
  /** What is wrong with the members that only this kind has. */
  readonly own?: Refused | undefined
  /** Members of the audit event beside the service and the scopes. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** A credential that was just made: the only moment at which its secret can be seen. */
export interface IssuedCredential<Secret> {
  readonly record: CredentialRecord
  readonly secret: Secret
}

/**
 * Makes a credential for a service. Checks, in order: the service lives, the members of the kind,
 * members and scopes within the service's, validity, that the actor hands out no management scope
 * that it does not hold, the key.
 */
export function createCredential<Secret>(
  { event }: Family,
  ctx: RegistryContext,
  { input, actor, make, own, facts }: Making<Secret> & { readonly input: NewServiceCredential },
): Outcome<IssuedCredential<Secret>> {
  const { tenant, serviceId, scopes } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const refused = await checkNew(unit, input, { actor, own })
    if (refused !== undefined) return refused
    const made = await make()
    if (!made.ok) return made
    const { key, secret } = made.value
    const record = { ...termsOf(input), ...key, createdAt: unit.now }
    await unit.session.credentials.insert(record)
    await unit.event(`${event}.created`, record.id, { serviceId, ...facts, scopes })
    return ok({ record, secret })
  })
}

async function checkNew(
  unit: Unit,
  { tenant, serviceId, ...input }: NewServiceCredential,
  { actor, own }: Pick<Making<unknown>, 'actor' | 'own'>,
): Promise<Refused | undefined> {
  const { notBefore = null, expiresAt = null } = input
  const owner = await unit.session.principals.find(tenant, serviceId)
  if (owner?.kind !== 'service') return invalid('/serviceId', 'Name a service of this tenant.')
  if (owner.revokedAt !== null) return conflict('The service is revoked.')
  return (
    own ??
    checkMembers(input, owner) ??
    checkValidity(unit.now, { notBefore, expiresAt }) ??
    checkEscalation(actor, input.scopes)
  )
}

const termsOf = (input: NewServiceCredential) => ({
  tenant: input.tenant,
  principalId: input.serviceId,
  name: input.name,
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
  confirmation: input.confirmation ?? null,
  certificate: null,
})

/** The operations of a kind of credential that do not depend on its key. */
export const serviceCredentials = (family: Family) => ({
  find: ({ credentials }: Pick<StoreSession, 'credentials'>, ref: CredentialRef) =>
    find(family, credentials, ref),
  update: (
    ctx: RegistryContext,
    input: CredentialRef & { readonly change: CredentialChange },
    actor: Actor,
  ) => update(family, ctx, { ...input, actor }),
  revoke: (
    ctx: RegistryContext,
    input: CredentialRef & { readonly reason?: string | undefined },
    actor: Actor,
  ) => revoke(family, ctx, { ...input, actor }),
})

async function find(
  { kinds, noun }: Family,
  credentials: StoreSession['credentials'],
  { tenant, id }: CredentialRef,
): Outcome<CredentialRecord> {
  const record = await credentials.find(id)
  if (record === undefined || !kinds.includes(record.kind) || record.tenant !== tenant) {
    return notFound(noun)
  }
  return ok(record)
}

function update(
  family: Family,
  ctx: RegistryContext,
  { actor, change, ...ref }: CredentialRef & { change: CredentialChange; actor: Actor },
): Outcome<CredentialRecord> {
  const { tenant, id } = ref
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await find(family, unit.session.credentials, ref)
    if (!found.ok) return found
    const before = found.value
    if (before.revokedAt !== null) return conflict(`The ${family.short} is revoked.`)
    if (before.replacedBy !== null)
      return conflict(`The ${family.short} was rotated; change its successor.`)
    const owner = await unit.session.principals.find(tenant, before.principalId)
    const refused =
      checkMembers(change, owner) ??
      checkExpiryChange(unit, before, change) ??
      checkEscalation(actor, change.scopes ?? [])
    if (refused !== undefined) return refused
    const given = changedMembers(change)
    await unit.session.credentials.update(id, given)
    await unit.event(`${family.event}.changed`, id, { members: Object.keys(given) })
    await unit.changed('credential', id)
    return ok({ ...before, ...given })
  })
}

function revoke(
  family: Family,
  ctx: RegistryContext,
  {
    actor,
    reason = 'revoked',
    ...ref
  }: CredentialRef & { reason?: string | undefined; actor: Actor },
): Outcome<CredentialRecord> {
  const { tenant, id } = ref
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await find(family, unit.session.credentials, ref)
    if (!found.ok) return found
    const changed = await unit.session.credentials.revoke(id, unit.now, reason)
    if (!changed) return found
    await unit.event(`${family.event}.revoked`, id, { reason })
    await unit.revoked('credential', id)
    return ok({ ...found.value, revokedAt: unit.now, revokedReason: reason })
  })
}
