/** An authorization request that waits for a person. */
import { err, ok, type Result } from 'countersign'
import { mintArtefact, openArtefact } from '../artefacts/artefact.ts'
import { findClient } from '../authorization/client.ts'
import type { AuthorizationCall } from '../authorization/call.ts'
import type { AskedRequest, AuthorizationRequest } from '../authorization/request.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import { browserDigest, browserSecret, type KnownBrowser } from './browser.ts'

/** What a request under way keeps: plain JSON, written here only. */
export interface InteractionData {
  readonly request: AuthorizationRequest
  readonly pushedId: string | null
  /** Digest of the browser that began it. */
  readonly browser: string
  /** The session that somebody signed in to for this request. */
  readonly signedIn: string | null
  /** Somebody asked to go on as another person: the session at hand is not enough. */
  readonly switching: boolean
}

/** A request under way, opened by its browser. */
export interface Interaction {
  readonly record: ArtefactRecord
  /** As it is in the URL. Worth nothing in another browser. */
  readonly text: string
  readonly data: InteractionData
  readonly asked: AskedRequest
  /** Of the browser: forms are made under it. */
  readonly secret: string
}

/** Time to find a password, and to read what is asked. */
const LIFETIME_SECONDS = 600

/** Keeps a request until its person has answered; answers the text of it. */
export async function keepInteraction(
  { services, tenant, now }: AuthorizationCall,
  { request, pushedId, client }: AskedRequest,
  browser: Pick<KnownBrowser, 'secret'>,
): Promise<string> {
  const data: InteractionData = {
    request,
    pushedId: pushedId ?? null,
    browser: browserDigest(browser.secret),
    signedIn: null,
    switching: false,
  }
  const minted = await mintArtefact(services, {
    tenant: tenant.id,
    kind: 'interaction',
    clientId: client.principal.id,
    data: { ...data },
    seconds: LIFETIME_SECONDS,
    now,
  })
  await services.store.artefacts.insert(minted.record)
  return minted.text
}

/** Why a request under way cannot be gone on with. */
export type InteractionRefusal = 'expired' | 'foreign' | 'client'

/**
 * Opens a request under way. Checks, in order: the text; the browser, so that a URL which somebody
 * sent to somebody else leads nowhere (login CSRF, RFC 9700 §4.7); its life; its client, which may
 * have been revoked since. One that was used up is opened too: its answer may be repeated.
 *
 * @param text - Attacker-controlled.
 */
export async function openInteraction(
  call: AuthorizationCall,
  text: string | undefined,
): Promise<Result<Interaction, InteractionRefusal>> {
  const { services, tenant, now } = call
  const kind = { tenant: tenant.id, kind: 'interaction' } as const
  const record = text === undefined ? undefined : await openArtefact(services, kind, text)
  if (text === undefined || record === undefined) return err('expired')
  // Written above, from values of these types.
  const data = record.data as unknown as InteractionData
  const secret = browserSecret(call)
  if (secret === undefined || browserDigest(secret) !== data.browser) return err('foreign')
  if (record.expiresAt <= now) return err('expired')
  const client = await findClient(services, tenant, record.clientId)
  if (client === undefined) return err('client')
  const asked = { client, request: data.request, pushedId: data.pushedId ?? undefined }
  return ok({ record, text, data, asked, secret })
}

/** Notes what happened in it. False where it is over. */
export const noteInteraction = (
  { services, now }: AuthorizationCall,
  { record, data }: Interaction,
  change: Partial<Pick<InteractionData, 'signedIn' | 'switching'>>,
): Promise<boolean> => services.store.artefacts.keep(record.id, now, { ...data, ...change })
