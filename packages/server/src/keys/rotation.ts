/**
 * Performs what schedule.ts plans: one transaction per tenant and step, each move conditional on the
 * state it moves from, so that any number of processes may try at once.
 */
import type { SigningKeyRecord } from '../model/records.ts'
import type { Store, StoreSession } from '../model/store.ts'
import type { Term } from '../operations/leadership.ts'
import { generateKey, type NewKey } from './generate.ts'
import { placeOf } from './key-ring.ts'
import { publishSeconds, retireSeconds, type SigningRules } from './rules.ts'
import { planKeys, type KeyAction } from './schedule.ts'
import { newestKek, seal, unseal, type KekRing } from './seal.ts'

/** What moving keys needs. */
export interface RotationContext {
  readonly store: Store
  readonly keks: KekRing
  readonly rules: SigningRules
  /** The leadership that a move by itself is part of; absent where nobody leads. */
  readonly term?: Term | undefined
}

/** Who asks for a rotation, and whether the current key is lost. */
export interface RotationRequest {
  readonly compromised: boolean
  /** For the audit log. */
  readonly actor: string
}

/** One step inside its transaction. */
interface Step extends RotationContext {
  readonly session: StoreSession
  readonly tenant: string
  readonly now: number
  /** Made before the transaction: an RSA key takes longer than a writer may wait. */
  readonly fresh: NewKey | undefined
  readonly actor: string
}

/** Moves a tenant's keys whose time has come. Reports whether there was anything to do. */
export async function advanceKeys(
  context: RotationContext,
  tenant: string,
  now: number,
): Promise<boolean> {
  const { store, rules } = context
  const keys = await store.signingKeys.list(tenant)
  await reseal(context, keys)
  const plan = planKeys(keys, now, rules)
  if (plan.length === 0) return false
  const wanted = plan.some((action) => action.do === 'generate')
  const fresh = wanted ? await generateKey(rules.algorithm) : undefined
  await store.transaction(async (session) => {
    // A `now` of before a pause would let a new key sign before every verifier has it.
    await context.term?.confirm(session)
    const step: Step = { ...context, session, tenant, now, fresh, actor: 'system' }
    // Planned again inside: another process may have been here since.
    for (const action of planKeys(await session.signingKeys.list(tenant), now, rules)) {
      // oxlint-disable-next-line no-await-in-loop -- steps of one transaction, in order
      await perform(step, action)
    }
  })
  return true
}

/**
 * Starts a rotation now. Ordinarily a new key is published and takes over when every verifier can
 * have fetched it; one that is already waiting is left to do so. `compromised` has no time for that:
 * the new key signs at once, and the feed names the old one as revoked.
 */
export async function rotateKeys(
  context: RotationContext,
  tenant: string,
  { now, compromised, actor }: RotationRequest & { readonly now: number },
): Promise<void> {
  const fresh = await generateKey(context.rules.algorithm)
  await context.store.transaction(async (session) => {
    const step: Step = { ...context, session, tenant, now, fresh, actor }
    const keys = await session.signingKeys.list(tenant)
    if (compromised) await replaceCurrent(step, keys)
    else if (!keys.some(({ state }) => state === 'published')) {
      await insert(step, 'published', now + publishSeconds(context.rules))
    }
  })
}

async function perform(step: Step, action: KeyAction): Promise<void> {
  const { session, now } = step
  switch (action.do) {
    case 'generate':
      return insert(step, action.state, action.signsAt)
    case 'promote': {
      const change = { state: 'signing', signsAt: now } as const
      if (!(await session.signingKeys.transition(action.id, 'published', change))) return
      return note(step, 'signing-key.signing', action.id)
    }
    case 'retire': {
      const { id, deletesAt } = action
      const change = { state: 'retired', retiredAt: now, deletesAt } as const
      if (!(await session.signingKeys.transition(id, 'signing', change))) return
      return note(step, 'signing-key.retired', id)
    }
    case 'delete':
      await session.signingKeys.delete(action.id)
      return note(step, 'signing-key.deleted', action.id)
    default:
      action satisfies never
  }
}

async function replaceCurrent(step: Step, keys: readonly SigningKeyRecord[]): Promise<void> {
  for (const { id, state } of keys) {
    // oxlint-disable-next-line no-await-in-loop -- steps of one transaction, in order
    if (state === 'signing') await condemn(step, id)
  }
  await insert(step, 'signing', step.now)
}

async function condemn(step: Step, id: string): Promise<void> {
  const { session, tenant, now, rules } = step
  const deletesAt = now + retireSeconds(rules)
  const change = { state: 'compromised', retiredAt: now, deletesAt } as const
  if (!(await session.signingKeys.transition(id, 'signing', change))) return
  await session.changes.append({
    tenant,
    kind: 'key',
    subject: id,
    issuedBefore: null,
    expiresAt: deletesAt,
    at: now,
  })
  await note(step, 'signing-key.compromised', id)
}

async function insert(step: Step, state: 'published' | 'signing', signsAt: number): Promise<void> {
  const { session, tenant, now, fresh, keks, rules } = step
  if (fresh === undefined) return
  const { kid, publicJwk, privateJwk } = fresh
  const { sealed, kekVersion } = seal(keks, JSON.stringify(privateJwk), placeOf(tenant, kid))
  await session.signingKeys.insert({
    tenant,
    id: kid,
    algorithm: rules.algorithm,
    state,
    publicJwk,
    sealedPrivateJwk: sealed,
    kekVersion,
    createdAt: now,
    signsAt,
    retiredAt: null,
    deletesAt: null,
  })
  await note(step, `signing-key.${state}`, kid)
}

async function note({ session, tenant, actor, now }: Step, type: string, subject: string) {
  await session.events.append({ tenant, type, actor, subject, data: {}, at: now })
}

/** After a new key-encryption key was added: what an older one sealed is sealed again. */
async function reseal(
  { store, keks }: RotationContext,
  keys: readonly SigningKeyRecord[],
): Promise<void> {
  const newest = newestKek(keks)
  for (const { tenant, id, state, kekVersion, sealedPrivateJwk } of keys) {
    if (kekVersion >= newest) continue
    const place = placeOf(tenant, id)
    const again = seal(keks, unseal(keks, sealedPrivateJwk, place), place)
    const change = { sealedPrivateJwk: again.sealed, kekVersion: again.kekVersion }
    // oxlint-disable-next-line no-await-in-loop -- background work, one at a time
    await store.signingKeys.transition(id, state, change)
  }
}
