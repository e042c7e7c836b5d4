/**
 * Registration by clients themselves (RFC 7591), and its management by the token that they were given
 * with it (RFC 7592). State, event and feed message commit together, as for every other change.
 */
import { ok, type Secret } from 'countersign'
import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import { SYSTEM_ACTOR, type Actor } from '../credentials/actor.ts'
import { audited, type RegistryContext } from '../credentials/audited.ts'
import { hasSecret } from '../credentials/client-rules.ts'
import { insertClientSecret, withdrawClientSecrets } from '../credentials/client-secrets.ts'
import { insertClient } from '../credentials/clients.ts'
import { mintSecret, pepperRing, type Minted } from '../credentials/mint.ts'
import { changePrincipal, revokePrincipal } from '../credentials/principals.ts'
import { conflict, type Outcome } from '../credentials/refusal.ts'
import type { PrincipalRecord } from '../model/records.ts'
import type { RegistrationName, RegistrationRecord } from '../model/registration.ts'
import type { DescribedClient } from './client-metadata.ts'

/** A registration as its client sees it once: what it was given, in clear. */
export interface IssuedRegistration {
  readonly client: PrincipalRecord
  /** Undefined for a client that proves itself otherwise. */
  readonly secret: Secret | undefined
  readonly token: Secret
}

/** A registered client, proven by its token. */
export interface ProvenRegistration {
  readonly registration: RegistrationRecord
  readonly client: PrincipalRecord
}

/** The environment of registration access tokens: `cs_rg_…`. */
const TOKEN_ENVIRONMENT = 'rg'

/** There are as many registered clients as the operator wants. */
export const FULL = 'There are too many registered clients.'

/** Where a client is registered, and by whom. */
export interface RegistrationPlace {
  readonly tenant: string
  readonly maxClients: number
  /** Whoever has the initial access token; the authority itself where anyone may register. */
  readonly by: Actor
}

/** Registers a client; refuses where a tenant has `maxClients`. */
export async function registerClient(
  ctx: RegistryContext,
  { tenant, maxClients, by }: RegistrationPlace,
  { name, scopes, settings }: DescribedClient,
): Outcome<IssuedRegistration> {
  const minted = await mintSecret(ctx, TOKEN_ENVIRONMENT)
  return audited(ctx, { tenant, actor: by }, async (unit) => {
    const count = await unit.session.registrations.count(tenant, maxClients)
    if (count >= maxClients) return conflict(FULL)
    // Registered by nobody in particular: no scope that a terms check let through is widened here.
    const made = await insertClient(
      { ctx, unit, actor: SYSTEM_ACTOR },
      { tenant, name, scopes, client: settings },
    )
    if (!made.ok) return made
    const { client, secret } = made.value
    const record = { tenant, clientId: client.id, ...tokenOf(minted), createdAt: unit.now }
    await unit.session.registrations.insert(record)
    await unit.event('client.registered', client.id, { by: by.id })
    return ok({ client, secret, token: minted.secret })
  })
}

const tokenOf = ({ id, digest, pepperVersion }: Minted) => ({ tokenId: id, digest, pepperVersion })

/**
 * The registration that a token manages. Checks, in order: form and checksum, brand and kind, digest
 * (also for an unknown client, SR-201), the client lives.
 *
 * @param token - Attacker-controlled.
 */
export async function proveRegistration(
  { brand, store, secrets }: Pick<RegistryContext, 'brand' | 'store' | 'secrets'>,
  { tenant, clientId }: RegistrationName,
  token: string,
): Promise<ProvenRegistration | undefined> {
  const parts = parseCredential(token)
  if (!parts.ok || parts.value.brand !== brand) return undefined
  if (parts.value.environment !== TOKEN_ENVIRONMENT) return undefined
  const registration = await store.registrations.find(tenant, clientId)
  const matches = await matchesCredential(pepperRing(secrets), registration, token)
  if (!matches || registration === undefined) return undefined
  const client = await store.principals.find(tenant, clientId)
  return client?.kind === 'client' && client.revokedAt === null
    ? { registration, client }
    : undefined
}

/**
 * Replaces what a client said of itself, and its token with it (RFC 7592 §2.2): one that leaked ends
 * with the next change, and of two changes at once one wins. Secrets end with a mechanism that has
 * none, and begin with one that has.
 */
export async function changeRegistration(
  ctx: RegistryContext,
  { registration, client }: ProvenRegistration,
  { name, scopes, settings }: DescribedClient,
): Outcome<IssuedRegistration> {
  const { tenant, id } = client
  const actor: Actor = { id, scopes: [] }
  const minted = await mintSecret(ctx, TOKEN_ENVIRONMENT)
  return audited<IssuedRegistration>(ctx, { tenant, actor }, async (unit) => {
    const won = await unit.session.registrations.replaceToken(registration, tokenOf(minted))
    if (!won) return conflict('Another change came first.')
    const change = { name, scopes, client: settings }
    const changed = await changePrincipal(unit, { tenant, kind: 'client', id, change }, actor)
    if (!changed.ok) return changed
    const owner = { tenant, clientId: id }
    const had = hasSecret(client.client?.tokenEndpointAuthMethod ?? 'none')
    const has = hasSecret(settings.tokenEndpointAuthMethod)
    await withdrawClientSecrets(unit, owner, has ? 'look-again' : 'revoke')
    const issued = { client: changed.value, secret: undefined, token: minted.secret }
    if (had || !has) return ok(issued)
    const secret = await insertClientSecret({ ctx, unit, actor }, owner)
    return secret.ok ? ok({ ...issued, secret: secret.value.secret }) : secret
  })
}

/** Ends a registration: the client is revoked, and all that it holds (RFC 7592 §2.3). */
export async function endRegistration(
  ctx: RegistryContext,
  { tenant, id }: Pick<PrincipalRecord, 'tenant' | 'id'>,
): Outcome<PrincipalRecord> {
  return revokePrincipal(ctx, { tenant, kind: 'client', id }, { id, scopes: [] })
}
