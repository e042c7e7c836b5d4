/** Secrets of OAuth clients: several may live at once, so that a client can change over. */
import { ok } from 'countersign'
import type { CredentialRecord } from '../model/records.ts'
import { checkEscalation, type Actor } from './actor.ts'
import type { Issued } from './api-keys.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkValidity } from './checks.ts'
import { hasSecret } from './client-rules.ts'
import { CLIENT_SECRET_ENVIRONMENT, mintSecret } from './mint.ts'
import { findPrincipal } from './principals.ts'
import { conflict, notFound, type Outcome, type Refused } from './refusal.ts'

/** Secrets of one client that may live at once. */
const MAX_LIVE_SECRETS = 5

/** What a new client secret is made of. */
export interface NewClientSecret {
  readonly tenant: string
  readonly clientId: string
  readonly expiresAt?: number | null | undefined
  /**
   * When given, the secrets that live now end after this many seconds, or earlier if they would
   * have anyway: a rotation. Absent: they live on.
   */
  readonly overlapSeconds?: number | undefined
}

/** Makes a secret for a client, beside those it has or in their place. */
export async function createClientSecret(
  ctx: RegistryContext,
  input: NewClientSecret,
  actor: Actor,
): Outcome<Issued> {
  return audited(ctx, { tenant: input.tenant, actor }, (unit) =>
    insertClientSecret({ ctx, unit, actor }, input),
  )
}

/** {@link createClientSecret} inside an operation that is already open. */
export async function insertClientSecret(
  { ctx, unit, actor }: { ctx: RegistryContext; unit: Unit; actor: Actor },
  input: NewClientSecret,
): Outcome<Issued> {
  const { tenant, clientId, expiresAt = null, overlapSeconds } = input
  const client = await findPrincipal(unit.session, { tenant, kind: 'client', id: clientId })
  if (!client.ok) return client
  const live = await liveSecrets(unit, input)
  const method = client.value.client?.tokenEndpointAuthMethod ?? 'client_secret_basic'
  const refused =
    (client.value.revokedAt === null ? undefined : conflict('The client is revoked.')) ??
    (hasSecret(method) ? undefined : conflict(`The client proves itself by ${method}.`)) ??
    checkRoom(live, overlapSeconds) ??
    checkValidity(unit.now, { notBefore: null, expiresAt }) ??
    checkEscalation(actor, client.value.scopes)
  if (refused !== undefined) return refused
  const { secret, ...minted } = await mintSecret(ctx, CLIENT_SECRET_ENVIRONMENT)
  const record = { ...BLANK, ...minted, tenant, principalId: clientId, expiresAt }
  const stored: CredentialRecord = { ...record, createdAt: unit.now }
  await unit.session.credentials.insert(stored)
  await unit.event('client-secret.created', stored.id, { clientId })
  if (overlapSeconds !== undefined) {
    for (const old of live) await retire(unit, old, { by: stored.id, overlapSeconds })
  }
  return ok({ record: stored, secret })
}

/** Revokes one secret of a client. Idempotent. */
export async function revokeClientSecret(
  ctx: RegistryContext,
  input: { readonly tenant: string; readonly clientId: string; readonly id: string },
  actor: Actor,
): Outcome<CredentialRecord> {
  const { tenant, clientId, id } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const record = await unit.session.credentials.find(id)
    const known =
      record?.kind === 'client_secret' &&
      record.tenant === tenant &&
      record.principalId === clientId
    if (!known) return notFound('secret')
    if (await unit.session.credentials.revoke(id, unit.now, 'revoked')) {
      await unit.event('client-secret.revoked', id, { clientId })
      await unit.revoked('credential', id)
    }
    return ok(record)
  })
}

/**
 * What becomes of the secrets of a client whose settings changed, inside an operation that is already
 * open: `revoke` ends those that live, `look-again` ends what was remembered of the client with them.
 */
export async function withdrawClientSecrets(
  unit: Unit,
  owner: { readonly tenant: string; readonly clientId: string },
  how: 'revoke' | 'look-again',
): Promise<void> {
  for (const { id } of await liveSecrets(unit, owner)) {
    if (how === 'look-again') await unit.changed('credential', id)
    else if (await unit.session.credentials.revoke(id, unit.now, 'auth-method-changed')) {
      await unit.event('client-secret.revoked', id, { clientId: owner.clientId })
      await unit.revoked('credential', id)
    }
  }
}

async function liveSecrets(
  { session, now }: Unit,
  { tenant, clientId }: NewClientSecret,
): Promise<readonly CredentialRecord[]> {
  const all = await session.credentials.listOf(tenant, clientId)
  return all.filter(
    ({ kind, revokedAt, expiresAt }) =>
      kind === 'client_secret' && revokedAt === null && (expiresAt === null || expiresAt > now),
  )
}

function checkRoom(
  live: readonly CredentialRecord[],
  overlapSeconds: number | undefined,
): Refused | undefined {
  if (overlapSeconds !== undefined || live.length < MAX_LIVE_SECRETS) return undefined
  return conflict(`The client has ${live.length} live secrets; revoke one first.`)
}

async function retire(
  unit: Unit,
  old: CredentialRecord,
  { by, overlapSeconds }: { readonly by: string; readonly overlapSeconds: number },
): Promise<void> {
  const expiresAt = Math.min(old.expiresAt ?? Infinity, unit.now + overlapSeconds)
  await unit.session.credentials.update(old.id, { expiresAt, replacedBy: by })
  await unit.event('client-secret.rotated', old.id, { replacedBy: by, overlapSeconds })
  await unit.changed('credential', old.id)
}

const BLANK = {
  kind: 'client_secret',
  name: '',
  environment: CLIENT_SECRET_ENVIRONMENT,
  algorithm: 'hmac-sha256',
  scopes: [],
  limits: [],
  networks: [],
  metadata: {},
  notBefore: null,
  revokedAt: null,
  revokedReason: null,
  replacedBy: null,
  lastUsedAt: null,
  publicJwk: null,
  confirmation: null,
  certificate: null,
} as const
