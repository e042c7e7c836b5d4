/** Revocation by name, for everything that can be named. */
import { ok, type Result } from 'countersign'
import type { RevocationKind } from '../model/records.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'
import type { Actor } from './actor.ts'
import { revokeApiKey } from './api-keys.ts'
import { audited, type Audit, type RegistryContext } from './audited.ts'
import { revokeCertificate } from './certificates.ts'
import { revokeClientSecret } from './client-secrets.ts'
import { revokeGrant } from './grants.ts'
import { revokePrincipal } from './principals.ts'
import { revokeSigningCredential } from './signing-credentials.ts'
import { conflict, forbidden, invalid, notFound, type Outcome, type Refusal } from './refusal.ts'
import { revokeTenant } from './tenants.ts'

/** What falls. */
export interface RevocationInput {
  readonly tenant: string
  readonly kind: RevocationKind
  /** `jti`, grant id, principal id, client id, credential id, `kid` or tenant id. */
  readonly subject: string
  /**
   * Seconds since the epoch: only tokens issued at or before this fall, and the subject itself
   * lives on. Leases are looked up again. Absent: the subject is revoked for good.
   */
  readonly issuedBefore?: number | undefined
  readonly reason?: string | undefined
}

type Done = Promise<Result<unknown, Refusal>>
type Revoke = (ctx: RegistryContext, input: RevocationInput, actor: Actor) => Done

/** How each kind is revoked for good. */
const REVOKE: Readonly<Record<RevocationKind, Revoke>> = {
  token: revokeToken,
  grant: (ctx, input, actor) => revokeGrant(ctx, { ...input, id: input.subject }, actor),
  principal: revokeAnyPrincipal,
  client: (ctx, { tenant, subject: id }, actor) =>
    revokePrincipal(ctx, { tenant, kind: 'client', id }, actor),
  credential: revokeCredential,
  key: revokeKid,
  tenant: (ctx, { tenant, subject: id }, actor) =>
    tenant === DEFAULT_TENANT
      ? revokeTenant(ctx, { id }, actor)
      : Promise.resolve(forbidden('Tenants are revoked at the default tenant.')),
}

/** Revokes what the input names, for good or up to a cut-off. Idempotent. */
export async function revoke(
  ctx: RegistryContext,
  input: RevocationInput,
  actor: Actor,
): Outcome<RevocationInput> {
  const done =
    input.issuedBefore === undefined
      ? await REVOKE[input.kind](ctx, input, actor)
      : await cutOff(ctx, { ...input, issuedBefore: input.issuedBefore }, actor)
  return done.ok ? ok(input) : done
}

async function cutOff(
  ctx: RegistryContext,
  input: RevocationInput & { readonly issuedBefore: number },
  actor: Actor,
): Outcome<undefined> {
  const { tenant, kind, subject, issuedBefore, reason } = input
  if (kind === 'tenant' && subject !== tenant) {
    return forbidden('A cut-off for a tenant is set at its own base path.')
  }
  return audited(ctx, { tenant, actor }, async (unit) => {
    // A cut-off in the future would refuse tokens that nobody has issued yet.
    if (issuedBefore > unit.now) return invalid('/issuedBefore', 'Write a time that has passed.')
    await unit.event('revocation.cut-off', subject, { kind, issuedBefore, reason: reason ?? null })
    await unit.revoked(kind, subject, issuedBefore)
    return ok(undefined)
  })
}

/** A JWT leaves no row: its `jti` is announced. An opaque token has one, which dies as well. */
async function revokeToken(ctx: RegistryContext, input: RevocationInput, actor: Actor): Done {
  const { tenant, subject } = input
  return audited(ctx, auditOf(input, actor), async (unit) => {
    const record = await unit.session.tokens.find(subject)
    if (record !== undefined && record.tenant !== tenant) return notFound('token')
    if (record !== undefined) await unit.session.tokens.revoke(subject, unit.now)
    await unit.event('token.revoked', subject, { reason: input.reason ?? null })
    await unit.revoked('token', subject)
    return ok(undefined)
  })
}

async function revokeAnyPrincipal(
  ctx: RegistryContext,
  input: RevocationInput,
  actor: Actor,
): Done {
  const { tenant, subject: id } = input
  const record = await ctx.store.principals.find(tenant, id)
  if (record === undefined) return notFound('principal')
  return revokePrincipal(ctx, { tenant, kind: record.kind, id }, actor)
}

async function revokeCredential(ctx: RegistryContext, input: RevocationInput, actor: Actor): Done {
  const { tenant, subject: id, reason } = input
  const record = await ctx.store.credentials.find(id)
  if (record === undefined || record.tenant !== tenant) return notFound('credential')
  if (record.kind === 'api_key') return revokeApiKey(ctx, { tenant, id, reason }, actor)
  if (record.kind === 'certificate') return revokeCertificate(ctx, { tenant, id, reason }, actor)
  if (record.kind === 'client_secret') {
    return revokeClientSecret(ctx, { tenant, id, clientId: record.principalId }, actor)
  }
  if (record.kind !== 'password') return revokeSigningCredential(ctx, { tenant, id, reason }, actor)
  return conflict('Change the password of the user, or revoke the user.')
}

/** A key that signs must be replaced, not only disbelieved: that is a rotation. */
async function revokeKid(ctx: RegistryContext, input: RevocationInput, actor: Actor): Done {
  const { tenant, subject } = input
  const keys = await ctx.store.signingKeys.list(tenant)
  const key = keys.find(({ id }) => id === subject)
  if (key === undefined) return notFound('signing key')
  if (key.state === 'signing' || key.state === 'published') {
    return conflict('The key is in use; POST /v1/signing-keys/rotate {"compromised":true} instead.')
  }
  return audited(ctx, auditOf(input, actor), async (unit) => {
    await unit.event('signing-key.revoked', subject, { reason: input.reason ?? null })
    await unit.revoked('key', subject)
    return ok(undefined)
  })
}

const auditOf = ({ tenant }: RevocationInput, actor: Actor): Audit => ({ tenant, actor })
