/** Services, users and clients: who can hold credentials, and the most these may be granted. */
import { missingScope, ok, randomId } from 'countersign'
import type { PrincipalRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { audited, type RegistryContext, type Unit } from './audited.ts'
import { checkMetadata, checkName, checkScopes } from './checks.ts'
import type { NewPrincipal, PrincipalChange, PrincipalRef } from './principal-input.ts'
import { conflict, notFound, type Outcome, type Refused } from './refusal.ts'

const ID_PREFIX = { user: 'usr', service: 'svc', client: 'cli' } as const

/** Makes a service, a user or a client. */
export async function createPrincipal(
  ctx: RegistryContext,
  input: NewPrincipal,
  actor: Actor,
): Outcome<PrincipalRecord> {
  return audited(ctx, { tenant: input.tenant, actor }, (unit) =>
    insertPrincipal(unit, input, actor),
  )
}

/** {@link createPrincipal} inside an operation that is already open. */
export async function insertPrincipal(
  unit: Unit,
  input: NewPrincipal,
  actor: Actor,
): Outcome<PrincipalRecord> {
  const { tenant, kind, name, username = null, scopes, metadata = {}, client = null } = input
  const refused = checkInput({ name, scopes, metadata }) ?? checkEscalation(actor, scopes)
  if (refused !== undefined) return refused
  if (username !== null) {
    const holder = await unit.session.principals.findByUsername(tenant, username)
    if (holder !== undefined) return conflict('The username is taken.')
  }
  const id = randomId(ID_PREFIX[kind])
  const owned = { scopes: [...scopes], metadata, client, createdAt: unit.now, revokedAt: null }
  const record: PrincipalRecord = { tenant, id, kind, name, username, ...owned }
  await unit.session.principals.insert(record)
  await unit.event(`${kind}.created`, id, { name, scopes })
  return ok(record)
}

/** The principal, revoked or not; never of another kind or tenant. */
export async function findPrincipal(
  { principals }: Pick<StoreSession, 'principals'>,
  { tenant, kind, id }: PrincipalRef,
): Outcome<PrincipalRecord> {
  const record = await principals.find(tenant, id)
  return record?.kind === kind ? ok(record) : notFound(kind)
}

/**
 * Changes a principal. Narrower scopes end every verdict and token from before: what was granted
 * under the wider ones must be asked for again.
 */
export async function updatePrincipal(
  ctx: RegistryContext,
  input: PrincipalRef & { readonly change: PrincipalChange },
  actor: Actor,
): Outcome<PrincipalRecord> {
  return audited(ctx, { tenant: input.tenant, actor }, (unit) =>
    changePrincipal(unit, input, actor),
  )
}

/** {@link updatePrincipal} inside an operation that is already open. */
export async function changePrincipal(
  unit: Unit,
  input: PrincipalRef & { readonly change: PrincipalChange },
  actor: Actor,
): Outcome<PrincipalRecord> {
  const { tenant, kind, id, change } = input
  const found = await findPrincipal(unit.session, input)
  if (!found.ok) return found
  const before = found.value
  if (before.revokedAt !== null) return conflict(`The ${kind} is revoked.`)
  const refused =
    checkInput(change) ??
    checkEscalation(actor, change.scopes ?? []) ??
    // Where a client's tokens are good is worth as much as what they may do there.
    checkEscalation(actor, change.client === undefined ? [] : before.scopes)
  if (refused !== undefined) return refused
  const given = storedChange(before, change)
  await unit.session.principals.update(tenant, id, given)
  await unit.event(`${kind}.changed`, id, { members: Object.keys(given) })
  const after = { ...before, ...given }
  if (mustLookAgain(before, after)) await announce(unit, after, 'changed')
  return ok(after)
}

/** Revokes a principal with everything it holds. Idempotent. */
export async function revokePrincipal(
  ctx: RegistryContext,
  input: PrincipalRef,
  actor: Actor,
): Outcome<PrincipalRecord> {
  const { tenant, kind, id } = input
  return audited(ctx, { tenant, actor }, async (unit) => {
    const found = await findPrincipal(unit.session, input)
    if (!found.ok) return found
    const changed = await unit.session.principals.revoke(tenant, id, unit.now)
    if (!changed) return found
    await unit.event(`${kind}.revoked`, id)
    await announce(unit, found.value, 'revoked')
    return ok({ ...found.value, revokedAt: unit.now })
  })
}

/** Verifiers know a client by two names: as the client of a token, and as its subject. */
async function announce(
  unit: Unit,
  { kind, id }: PrincipalRecord,
  how: 'changed' | 'revoked',
): Promise<void> {
  if (kind === 'client') await unit[how]('client', id)
  await unit[how]('principal', id)
}

/** A wider client need not lose its tokens; everything else is looked up again after any change. */
function mustLookAgain(before: PrincipalRecord, after: PrincipalRecord): boolean {
  const narrower = missingScope(after.scopes, before.scopes) !== undefined
  const same = before.scopes.join(' ') === after.scopes.join(' ')
  return narrower || (after.kind !== 'client' && !same)
}

function storedChange({ client }: PrincipalRecord, change: PrincipalChange): StoredChange {
  const { name, scopes, metadata, client: settings } = change
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(settings === undefined || client === null ? {} : { client: { ...client, ...settings } }),
  }
}

type StoredChange = Partial<Pick<PrincipalRecord, 'name' | 'scopes' | 'metadata' | 'client'>>

/** Settings of clients are checked by client-rules.ts. */
function checkInput({ name, scopes, metadata }: PrincipalChange): Refused | undefined {
  return (
    (name === undefined ? undefined : checkName(name)) ??
    checkScopes(scopes ?? []) ??
    checkMetadata(metadata ?? {})
  )
}
