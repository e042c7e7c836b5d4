/** Users that sign in with a password: made, given another password, and recognised. */
import { ok, randomId, Secret } from 'countersign'
import type { CredentialRecord, PrincipalRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'
import { checkEscalation, type Actor } from './actor.ts'
import { audited, secondsOf, type RegistryContext, type Unit } from './audited.ts'
import { hasControl } from './checks.ts'
import { revokeListed } from './grants.ts'
import { hashPassword, matchesPassword } from './passwords.ts'
import type { NewPrincipal } from './principal-input.ts'
import { findPrincipal, insertPrincipal } from './principals.ts'
import { conflict, invalid, type Outcome, type Refused } from './refusal.ts'

/** What a new user is made of. */
export interface NewUser extends Omit<NewPrincipal, 'kind' | 'client' | 'username'> {
  readonly username: string
  /** A generated one when absent. */
  readonly password?: Secret | undefined
}

/** A user, and the password where it was generated: shown once. */
export interface IssuedUser {
  readonly user: PrincipalRecord
  readonly password: Secret | undefined
}

/** A user that proved itself. */
export interface AuthenticatedUser {
  readonly user: PrincipalRecord
  readonly credentialId: string
}

const MIN_PASSWORD = 8
/** Longer ones are no safer, and each byte is hashed before anybody is known. */
const MAX_PASSWORD = 256

/** Makes a user with a password. The hash is made before the transaction: it takes its time. */
export async function createUser(
  ctx: RegistryContext,
  input: NewUser,
  actor: Actor,
): Outcome<IssuedUser> {
  const { tenant, password = generatePassword() } = input
  // As the Basic method reads it: "é" typed on two systems is one name.
  const username = input.username.normalize('NFC')
  const refused = checkUsername(username) ?? checkPassword(password)
  if (refused !== undefined) return refused
  const digest = await hashPassword(password)
  return audited(ctx, { tenant, actor }, async (unit) => {
    const made = await insertPrincipal(unit, { ...input, username, kind: 'user' }, actor)
    if (!made.ok) return made
    await unit.session.credentials.insert(passwordRecord(made.value, digest, unit.now))
    return ok({ user: made.value, password: input.password === undefined ? password : undefined })
  })
}

/**
 * Gives a user another password; every verdict from the old one falls, and every session of the browser
 * with what was granted in it: whoever had found the old one out may be in one of them.
 *
 * @returns the new password where it was generated, undefined where it was given.
 */
export async function changePassword(
  ctx: RegistryContext,
  input: { readonly tenant: string; readonly id: string; readonly password?: Secret | undefined },
  actor: Actor,
): Outcome<Secret | undefined> {
  const { tenant, id, password = generatePassword() } = input
  const refused = checkPassword(password)
  if (refused !== undefined) return refused
  const digest = await hashPassword(password)
  return audited(ctx, { tenant, actor }, async (unit) => {
    const user = await findPrincipal(unit.session, { tenant, kind: 'user', id })
    if (!user.ok) return user
    if (user.value.revokedAt !== null) return conflict('The user is revoked.')
    const escalation = checkEscalation(actor, user.value.scopes)
    if (escalation !== undefined) return escalation
    await replacePassword(unit, user.value, digest)
    await endSessionsOf(unit, user.value)
    await unit.event('user.password-changed', id)
    return ok(input.password === undefined ? password : undefined)
  })
}

/**
 * Answers whose name and password these are; undefined for an unknown user and a wrong password,
 * after the same work (SR-205). Does not limit failures: the guard and the method do.
 *
 * @throws UnavailableError when the password pool or the store cannot take it.
 */
export async function verifyPassword(
  ctx: Pick<RegistryContext, 'store' | 'clock'>,
  presented: { readonly tenant: string; readonly username: string; readonly password: Secret },
): Promise<AuthenticatedUser | undefined> {
  const { tenant, username, password } = presented
  const user = await ctx.store.principals.findByUsername(tenant, username)
  const credential = user === undefined ? undefined : await passwordOf(ctx.store, user)
  const matches = await matchesPassword(password, credential?.digest)
  const owner = await ctx.store.tenants.find(tenant)
  if (!matches || user === undefined || credential === undefined) return undefined
  if (user.revokedAt !== null || owner?.revokedAt !== null) return undefined
  if ((credential.expiresAt ?? Infinity) <= secondsOf(ctx)) return undefined
  return { user, credentialId: credential.id }
}

/** The live password of a user. */
export async function passwordOf(
  { credentials }: Pick<StoreSession, 'credentials'>,
  { tenant, id }: PrincipalRecord,
): Promise<CredentialRecord | undefined> {
  const all = await credentials.listOf(tenant, id)
  return all.find(({ kind, revokedAt }) => kind === 'password' && revokedAt === null)
}

/** The old record stays as a tombstone: its id is in the audit log and in leases. */
async function replacePassword(unit: Unit, user: PrincipalRecord, digest: string): Promise<void> {
  const old = await passwordOf(unit.session, user)
  const record = passwordRecord(user, digest, unit.now)
  if (old !== undefined) {
    await unit.session.credentials.revoke(old.id, unit.now, 'password changed')
    await unit.revoked('credential', old.id)
  }
  await unit.session.credentials.insert(record)
}

async function endSessionsOf(unit: Unit, { tenant, id }: PrincipalRecord): Promise<void> {
  for (const session of await unit.session.sessions.listOf(tenant, id, unit.now)) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
    if (!(await unit.session.sessions.revoke(session.id, unit.now))) continue
    const data = { person: id, reason: 'password changed' }
    // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
    await unit.event('session.ended', session.id, data)
    // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
    await revokeListed(unit, { tenant, sessionId: session.id }, 'session ended')
  }
}

const generatePassword = (): Secret => new Secret(randomId('pw'))

/** A colon would end the name in Basic (RFC 7617 §2). */
function checkUsername(username: string): Refused | undefined {
  const fits = username.length > 0 && username.length <= 128
  if (fits && !username.includes(':') && !hasControl(username)) return undefined
  return invalid('/username', 'Write 1 to 128 characters without colon or control characters.')
}

function checkPassword(password: Secret): Refused | undefined {
  const text = password.reveal()
  const fits = text.length >= MIN_PASSWORD && text.length <= MAX_PASSWORD
  if (fits && !hasControl(text)) return undefined
  return invalid('/password', `Write ${MIN_PASSWORD} to ${MAX_PASSWORD} characters, none control.`)
}

function passwordRecord(user: PrincipalRecord, digest: string, now: number): CredentialRecord {
  return {
    tenant: user.tenant,
    id: randomId('pwd'),
    kind: 'password',
    principalId: user.id,
    name: '',
    environment: '',
    digest,
    algorithm: 'argon2id',
    pepperVersion: 0,
    scopes: [],
    limits: [],
    networks: [],
    metadata: {},
    notBefore: null,
    expiresAt: null,
    revokedAt: null,
    revokedReason: null,
    replacedBy: null,
    lastUsedAt: null,
    publicJwk: null,
    confirmation: null,
    certificate: null,
    createdAt: now,
  }
}
