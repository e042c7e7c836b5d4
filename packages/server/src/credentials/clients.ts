/** OAuth clients: a principal and its first secret, made in one transaction. */
import { ok } from 'countersign'
import type { PrincipalRecord } from '../model/records.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Actor } from './actor.ts'
import type { Issued } from './api-keys.ts'
import { audited, type RegistryContext } from './audited.ts'
import { insertClientSecret } from './client-secrets.ts'
import { insertPrincipal, type NewPrincipal } from './principals.ts'
import type { Outcome } from './refusal.ts'

/** What a new client is made of. */
export interface NewClient extends Omit<NewPrincipal, 'kind' | 'username' | 'client'> {
  readonly client: ClientSettings
}

/** A client with its first secret, shown once. */
export interface IssuedClient extends Issued {
  readonly client: PrincipalRecord
}

/** Makes a client with a secret that does not expire; rotate it when somebody leaves. */
export async function createClient(
  ctx: RegistryContext,
  input: NewClient,
  actor: Actor,
): Outcome<IssuedClient> {
  const { tenant } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const made = await insertPrincipal(unit, { ...input, kind: 'client' }, actor)
    if (!made.ok) return made
    const owner = { tenant, clientId: made.value.id }
    const issued = await insertClientSecret({ ctx, unit, actor }, owner)
    return issued.ok ? ok({ ...issued.value, client: made.value }) : issued
  })
}
