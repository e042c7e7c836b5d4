import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import { mintSecret, pepperRing } from '../credentials/mint.ts'
import type { AuthorityContext } from '../context.ts'
import type { ArtefactKind, ArtefactRecord } from '../model/authorization.ts'

/** The environment part of each kind: `cs_ac_…` is an authorization code. */
const ENVIRONMENTS: Readonly<Record<ArtefactKind, string>> = {
  code: 'ac',
  'pushed-request': 'pr',
  'device-code': 'dc',
  interaction: 'ix',
}

/** What a new artefact is made of. */
export interface NewArtefact
  extends Pick<ArtefactRecord, 'tenant' | 'kind' | 'clientId' | 'data'>,
    Partial<Pick<ArtefactRecord, 'principalId' | 'grantId' | 'lookup'>> {
  /** How long it lives. */
  readonly seconds: number
  /** Seconds since the epoch. */
  readonly now: number
}

/** A new artefact: the text that its holder sees once, and the row to be stored before that. */
export interface MintedArtefact {
  readonly text: string
  readonly record: ArtefactRecord
}

/** Mints an artefact with 190 bits of secret (SR-019). Writes nothing. */
export async function mintArtefact(
  ctx: Pick<AuthorityContext, 'store' | 'clock' | 'secrets' | 'brand'>,
  { seconds, now, principalId = null, grantId = null, lookup = null, ...given }: NewArtefact,
): Promise<MintedArtefact> {
  const minted = await mintSecret(ctx, ENVIRONMENTS[given.kind])
  const record: ArtefactRecord = {
    ...given,
    id: minted.id,
    digest: minted.digest,
    pepperVersion: minted.pepperVersion,
    principalId,
    grantId,
    lookup,
    sealedResponse: null,
    createdAt: now,
    expiresAt: now + seconds,
    consumedAt: null,
  }
  return { text: minted.secret.reveal(), record }
}

/**
 * Finds the artefact behind a text. Checks, in order: form and checksum, brand and kind, digest
 * (also for an unknown id, SR-201), tenant. Does not check whether it expired or was used up: what
 * that means depends on the kind.
 *
 * @param text - Attacker-controlled.
 */
export async function openArtefact(
  { brand, store, secrets }: Pick<AuthorityContext, 'brand' | 'store' | 'secrets'>,
  { tenant, kind }: Pick<ArtefactRecord, 'tenant' | 'kind'>,
  text: string,
): Promise<ArtefactRecord | undefined> {
  const parts = parseCredential(text)
  if (!parts.ok || parts.value.brand !== brand) return undefined
  if (parts.value.environment !== ENVIRONMENTS[kind]) return undefined
  const record = await store.artefacts.find(parts.value.id)
  const matches = await matchesCredential(pepperRing(secrets), record, text)
  const good = matches && record?.tenant === tenant && record.kind === kind
  return good ? record : undefined
}
