/**
 * Performs what trust-bundle.ts plans: one transaction a step, each move conditional on the state it
 * moves from, so that any number of processes may try at once.
 */
import { createCa } from '../certificates/create-ca.ts'
import { openCa, type StoredCa } from '../certificates/authority.ts'
import {
  activeAnchor,
  planTrust,
  removeCompromised,
  type TrustAction,
} from '../certificates/trust-bundle.ts'
import { REVOCATION_HORIZON_SECONDS } from '../credentials/audited.ts'
import { newestKek, seal, unseal, type KekRing } from '../keys/seal.ts'
import type { CertificateAuthorityRecord } from '../model/records.ts'
import type { Store, StoreSession } from '../model/store.ts'
import type { Term } from '../operations/leadership.ts'
import { caPlace, FAMILY_TENANT } from './family.ts'
import type { ResolvedCertificates } from './options.ts'

/** What moving CAs needs. */
export interface SuccessionContext {
  readonly store: Store
  readonly keks: KekRing
  readonly settings: ResolvedCertificates
  /** The leadership that a move by itself is part of; absent where nobody leads. */
  readonly term?: Term | undefined
}

/** Who asks for a new CA, and whether the key of the present one is lost. */
export interface SuccessionRequest {
  readonly compromised: boolean
  /** For the audit log. */
  readonly actor: string
}

/** One step inside its transaction. */
interface Step extends SuccessionContext {
  readonly session: StoreSession
  readonly now: number
  /** Made before the transaction: writers wait for each other. */
  readonly fresh: StoredCa | undefined
  readonly actor: string
}

/** Shown in the subject; the key identifier tells CAs apart. */
const CA_NAME = 'Countersign CA'

/** Moves CAs whose time has come. Reports whether there was anything to do. */
export async function advanceAuthorities(
  context: SuccessionContext,
  now: number,
): Promise<boolean> {
  const { store, settings } = context
  const records = await store.certificateAuthorities.list(FAMILY_TENANT)
  await reseal(context, records)
  const plan = planTrust(records, now, settings.rules)
  if (plan.length === 0) return false
  const wanted = plan.some((action) => action.do === 'create')
  const fresh = wanted ? await makeCa(settings, now) : undefined
  await store.transaction(async (session) => {
    await context.term?.confirm(session)
    const step: Step = { ...context, session, now, fresh, actor: 'system' }
    // Planned again inside: another process may have been here since.
    const present = await session.certificateAuthorities.list(FAMILY_TENANT)
    await perform(step, planTrust(present, now, settings.rules), present)
  })
  return true
}

/**
 * Starts a rotation now. Ordinarily a new CA is published and takes over when every verifier can have
 * fetched it; one that is waiting already is left to do so. `compromised` removes the CA that signs,
 * at once, and another one signs: what the lost one signed is refused from here on.
 */
export async function rotateAuthorities(
  context: SuccessionContext,
  { now, compromised, actor }: SuccessionRequest & { readonly now: number },
): Promise<void> {
  const fresh = await makeCa(context.settings, now)
  await context.store.transaction(async (session) => {
    const step: Step = { ...context, session, now, fresh, actor }
    const records = await session.certificateAuthorities.list(FAMILY_TENANT)
    if (compromised) await condemn(step, records)
    else if (!records.some(({ state }) => state === 'planned')) await insert(step, 'planned')
  })
}

const makeCa = (
  { trustDomain, dnsDomains, lifetimeSeconds }: ResolvedCertificates,
  now: number,
): Promise<StoredCa> => createCa({ name: CA_NAME, trustDomain, dnsDomains, now, lifetimeSeconds })

async function condemn(step: Step, records: readonly CertificateAuthorityRecord[]): Promise<void> {
  const lost = activeAnchor(records)
  if (lost === undefined) return
  await perform(step, removeCompromised(records, lost.id), records)
  const { session, now } = step
  // Every process that follows the feed reads the CAs anew.
  await session.changes.append({
    tenant: FAMILY_TENANT,
    kind: 'key',
    subject: lost.id,
    issuedBefore: null,
    expiresAt: now + REVOCATION_HORIZON_SECONDS,
    at: now,
  })
  await note(step, 'certificate-authority.compromised', lost.id)
}

async function perform(
  step: Step,
  plan: readonly TrustAction[],
  records: readonly CertificateAuthorityRecord[],
): Promise<void> {
  const byId = new Map(records.map((record) => [record.id, record]))
  for (const action of plan) {
    if (action.do === 'create') await insert(step, action.state)
    else await move(step, byId.get(action.id), action.to)
  }
}

async function move(
  step: Step,
  record: CertificateAuthorityRecord | undefined,
  to: CertificateAuthorityRecord['state'],
): Promise<void> {
  if (record === undefined) return
  const { session, now } = step
  // Nobody trusts a removed CA: there is nothing left for its key to sign.
  const ended = to === 'removed' ? { sealedPrivateKey: '' } : {}
  const change = { state: to, since: now, ...ended }
  if (!(await session.certificateAuthorities.transition(record.id, record.state, change))) return
  await note(step, `certificate-authority.${to}`, record.id)
}

async function insert(step: Step, state: 'planned' | 'active'): Promise<void> {
  const { session, now, fresh, keks } = step
  if (fresh === undefined) return
  const { keyId, notAfter } = openCa(fresh)
  const id = Buffer.from(keyId).toString('hex')
  const { sealed, kekVersion } = seal(keks, fresh.privateKey.reveal(), caPlace(id))
  await session.certificateAuthorities.insert({
    tenant: FAMILY_TENANT,
    id,
    name: CA_NAME,
    state,
    since: now,
    notAfter,
    certificate: fresh.certificate,
    sealedPrivateKey: sealed,
    kekVersion,
    createdAt: now,
  })
  await note(step, `certificate-authority.${state}`, id)
}

async function note({ session, actor, now }: Step, type: string, subject: string): Promise<void> {
  await session.events.append({ tenant: FAMILY_TENANT, type, actor, subject, data: {}, at: now })
}

/** After a new key-encryption key was added: what an older one sealed is sealed again. */
async function reseal(
  { store, keks }: SuccessionContext,
  records: readonly CertificateAuthorityRecord[],
): Promise<void> {
  const newest = newestKek(keks)
  for (const { id, state, kekVersion, sealedPrivateKey } of records) {
    if (kekVersion >= newest || sealedPrivateKey === '') continue
    const again = seal(keks, unseal(keks, sealedPrivateKey, caPlace(id)), caPlace(id))
    const change = { sealedPrivateKey: again.sealed, kekVersion: again.kekVersion }
    // oxlint-disable-next-line no-await-in-loop -- background work, one at a time
    await store.certificateAuthorities.transition(id, state, change)
  }
}
