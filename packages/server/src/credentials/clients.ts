/** OAuth clients: a principal, and its first secret where it has one, made in one transaction. */
import { ok, type Secret } from 'countersign'
import type { CredentialRecord, PrincipalRecord } from '../model/records.ts'
import { CLIENT_DEFAULTS, type ClientSettings } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Actor } from './actor.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkClientSettings, hasSecret } from './client-rules.ts'
import { insertClientSecret, withdrawClientSecrets } from './client-secrets.ts'
import type { NewPrincipal, PrincipalChange } from './principal-input.ts'
import { changePrincipal, findPrincipal, insertPrincipal } from './principals.ts'
import type { Outcome } from './refusal.ts'

/** What a new client is made of. */
export interface NewClient extends Omit<NewPrincipal, 'kind' | 'username' | 'client'> {
  readonly client: ClientSettings
}

/** A client with its first secret, shown once; a client of another mechanism has none. */
export interface IssuedClient {
  readonly client: PrincipalRecord
  readonly record: CredentialRecord | undefined
  readonly secret: Secret | undefined
}

/** What clients are checked against, beside what every change of the registry needs. */
export interface ClientContext extends RegistryContext {
  /** Of the authority. @defaultValue the default profile */
  readonly profile?: Profile
}

/**
 * Makes a client. One that proves itself by a secret gets one that does not expire; rotate it when
 * somebody leaves. Public clients, and those with keys or certificates, get none.
 */
export async function createClient(
  ctx: ClientContext,
  input: NewClient,
  actor: Actor,
): Outcome<IssuedClient> {
  const refused = checkClientSettings(input.client, ctx.profile)
  if (refused !== undefined) return refused
  return audited(ctx, { tenant: input.tenant, actor }, (unit) =>
    insertClient({ ctx, unit, actor }, input),
  )
}

/** {@link createClient} inside an operation that is already open; the settings are not checked. */
export async function insertClient(
  { ctx, unit, actor }: { ctx: RegistryContext; unit: Unit; actor: Actor },
  input: NewClient,
): Outcome<IssuedClient> {
  const made = await insertPrincipal(unit, { ...input, kind: 'client' }, actor)
  if (!made.ok) return made
  const client = made.value
  if (!hasSecret(input.client.tokenEndpointAuthMethod)) {
    return ok({ client, record: undefined, secret: undefined })
  }
  const owner = { tenant: input.tenant, clientId: client.id }
  const issued = await insertClientSecret({ ctx, unit, actor }, owner)
  return issued.ok ? ok({ ...issued.value, client }) : issued
}

/** Names a client, and what of it changes. */
export interface ClientChange {
  readonly tenant: string
  readonly id: string
  readonly change: PrincipalChange
}

/**
 * Changes a client. The settings are checked as they are afterwards, all of them.
 *
 * A client that changes to a mechanism without a secret loses its secrets for good: what lies in some
 * old configuration must not come back with a later change. One that changes to a secret has none
 * until it is given one. Whatever changes, this process and all others look at the client anew;
 * tokens of before live on, unless scopes became narrower.
 */
export async function updateClient(
  ctx: ClientContext,
  { tenant, id, change }: ClientChange,
  actor: Actor,
): Outcome<PrincipalRecord> {
  return audited(ctx, { tenant, actor }, async (unit) => {
    const ref = { tenant, kind: 'client', id } as const
    const before = await findPrincipal(unit.session, ref)
    if (!before.ok) return before
    const settings = { ...CLIENT_DEFAULTS, ...before.value.client, ...change.client }
    const refused =
      change.client === undefined ? undefined : checkClientSettings(settings, ctx.profile)
    if (refused !== undefined) return refused
    const changed = await changePrincipal(unit, { ...ref, change }, actor)
    if (!changed.ok || change.client === undefined) return changed
    const keeps = hasSecret(settings.tokenEndpointAuthMethod)
    await withdrawClientSecrets(unit, { tenant, clientId: id }, keeps ? 'look-again' : 'revoke')
    return changed
  })
}
