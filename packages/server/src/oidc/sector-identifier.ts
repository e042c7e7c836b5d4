import { fetchDocument } from 'countersign/net'
import type { Outbound } from '../http/outbound.ts'
import { invalid, type Refused } from '../credentials/refusal.ts'
import type { ClientSettings } from '../model/client-settings.ts'

const TIMEOUT_MS = 5000
const MAX_BYTES = 65_536

/**
 * Checks that a client belongs to the sector whose names of people it is to have: the document of the
 * sector, fetched under guard, lists every redirect URI of the client (OpenID Connect Core §8.1).
 * Without it a client could name the sector of another application, and know its people again.
 *
 * @returns the refusal, or undefined where all is well or no sector is named.
 */
export async function checkSectorIdentifier(
  outbound: Outbound,
  { sectorIdentifierUri: url, redirectUris }: ClientSettings,
): Promise<Refused | undefined> {
  if (url === null) return undefined
  const fetched = await fetchDocument({
    url,
    headers: { accept: 'application/json' },
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...outbound,
  })
  const pointer = '/sectorIdentifierUri'
  if (!fetched.ok) return invalid(pointer, `It cannot be fetched (${fetched.error.kind}).`)
  const listed = parseList(fetched.value.body)
  if (listed === undefined) return invalid(pointer, 'There is no JSON array of redirect URIs.')
  return redirectUris.every((uri) => listed.includes(uri))
    ? undefined
    : invalid(pointer, 'It does not list every redirect URI of the client.')
}

function parseList(body: Uint8Array): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
