/**
 * What clients know a person by (OpenID Connect Core §8). `public`: the id of the person. `pairwise`:
 * a name of its own for each sector, so that two applications cannot tell that they have the same
 * person. Session ids are pairwise with it: they would tell the same.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import type { MasterSecrets } from '../context.ts'
import type { ClientSettings } from '../model/client-settings.ts'

/** A client, as far as names of people depend on it. */
export interface SubjectReader {
  readonly tenant: string
  readonly clientId: string
  readonly settings: Pick<ClientSettings, 'subjectType' | 'sectorIdentifierUri' | 'redirectUris'>
}

/** `sub` for a client. */
export const subjectFor = (
  secrets: MasterSecrets,
  reader: SubjectReader,
  personId: string,
): string => nameFor(secrets, reader, { kind: 'sub', id: personId })

/** `sid` for a client. */
export const sessionIdFor = (
  secrets: MasterSecrets,
  reader: SubjectReader,
  sessionId: string,
): string => nameFor(secrets, reader, { kind: 'sid', id: sessionId })

function nameFor(
  secrets: MasterSecrets,
  reader: SubjectReader,
  { kind, id }: { readonly kind: 'sub' | 'sid'; readonly id: string },
): string {
  if (reader.settings.subjectType === 'public') return id
  const input = JSON.stringify([kind, reader.tenant, sectorOf(reader), id])
  return createHmac('sha256', keyOf(secrets)).update(input).digest('base64url')
}

/**
 * Who shares names of people: the host of the sector identifier, or of all redirect URIs. Clients with
 * redirect URIs on several hosts, or on none, and without a sector identifier, share with nobody.
 */
function sectorOf({ clientId, settings }: SubjectReader): string {
  const { sectorIdentifierUri, redirectUris } = settings
  if (sectorIdentifierUri !== null) return new URL(sectorIdentifierUri).host
  const hosts = new Set(redirectUris.map((uri) => new URL(uri).host))
  const [host] = hosts
  return hosts.size === 1 && host !== undefined && host !== '' ? host : clientId
}

const keys = new WeakMap<MasterSecrets, Buffer>()

/**
 * The key of pairwise names: from the oldest pepper, because a name must stay when a newer one is
 * added. Taking the oldest away ends the credentials under it, and these names with them.
 */
function keyOf(secrets: MasterSecrets): Buffer {
  const known = keys.get(secrets)
  if (known !== undefined) return known
  const oldest = secrets.peppers.get(Math.min(...secrets.peppers.keys()))
  if (oldest === undefined) throw new TypeError('an installation has at least one pepper')
  const key = Buffer.from(
    hkdfSync('sha256', oldest.reveal(), 'countersign', 'pairwise subjects', 32),
  )
  keys.set(secrets, key)
  return key
}
