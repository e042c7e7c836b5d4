/** Where a person stands in front of a page: single use, ten minutes, one browser. */
import { err, ok, type Result } from 'countersign'
import { mintArtefact, openArtefact } from '../artefacts/artefact.ts'
import type { AuthorizationCall } from '../authorization/call.ts'
import { DECISION_SECONDS, type AuthorizationRequest } from '../authorization/request.ts'
import type { ArtefactRecord } from '../model/authorization.ts'
import { browserDigest, browserSecret, type KnownBrowser } from './browser.ts'

/** What a place keeps: plain JSON, written here only. */
export interface PlaceData {
  /** What a client asked for; null where the person came for a page of ours. */
  readonly request: AuthorizationRequest | null
  readonly pushedId: string | null
  /** Where the person goes on, where no client asked: a path of ours, and written by us. */
  readonly returnTo: string | null
  /** Digest of the browser that began it. */
  readonly browser: string
  /** The session that somebody signed in to here. */
  readonly signedIn: string | null
  /** Somebody asked to go on as another person: the session at hand is not enough. */
  readonly switching: boolean
  /** What a way from outside keeps between leaving and coming back. */
  readonly way: Readonly<Record<string, unknown>> | null
}

/** A place, opened by its browser. */
export interface Place {
  readonly record: ArtefactRecord
  /** As it is in the URL. Worth nothing in another browser. */
  readonly text: string
  readonly data: PlaceData
  /** Of the browser: forms are made under it. */
  readonly secret: string
}

/** Where nobody asks but the person. */
export const NO_CLIENT = ''

/** What is to be kept. */
export interface NewPlace extends Pick<PlaceData, 'request' | 'pushedId' | 'returnTo'> {
  readonly clientId: string
  readonly browser: Pick<KnownBrowser, 'secret'>
}

/** Keeps a place until its person has answered; answers the text of it. */
export async function keepPlace(
  { services, tenant, now }: AuthorizationCall,
  { clientId, browser, ...asked }: NewPlace,
): Promise<string> {
  const data: PlaceData = {
    ...asked,
    browser: browserDigest(browser.secret),
    signedIn: null,
    switching: false,
    way: null,
  }
  const minted = await mintArtefact(services, {
    tenant: tenant.id,
    kind: 'interaction',
    clientId,
    data: { ...data },
    seconds: DECISION_SECONDS,
    now,
  })
  await services.store.artefacts.insert(minted.record)
  return minted.text
}

/**
 * Opens a place. Checks, in order: the text; the browser, so that a URL which somebody sent to
 * somebody else leads nowhere (login CSRF, RFC 9700 §4.7); its life. One that was used up is opened
 * too: its answer may be repeated.
 *
 * @param text - Attacker-controlled.
 */
export async function openPlace(
  call: AuthorizationCall,
  text: string | undefined,
): Promise<Result<Place, 'expired' | 'foreign'>> {
  const kept = await findPlace(call, text)
  if (text === undefined || kept === undefined) return err('expired')
  const secret = browserSecret(call)
  if (secret === undefined || browserDigest(secret) !== kept.data.browser) return err('foreign')
  return kept.record.expiresAt > call.now ? ok({ ...kept, text, secret }) : err('expired')
}

/** A place without its browser: whoever comes from outside does not prove which one it is. */
export async function findPlace(
  { services, tenant }: AuthorizationCall,
  text: string | undefined,
): Promise<Pick<Place, 'record' | 'data'> | undefined> {
  const kind = { tenant: tenant.id, kind: 'interaction' } as const
  const record = text === undefined ? undefined : await openArtefact(services, kind, text)
  // Written above, from values of these types.
  return record && { record, data: record.data as unknown as PlaceData }
}

/** Notes what happened at a place. False where it is over. */
export const notePlace = (
  { services, now }: AuthorizationCall,
  { record, data }: Pick<Place, 'record' | 'data'>,
  change: Partial<Pick<PlaceData, 'signedIn' | 'switching' | 'way'>>,
): Promise<boolean> => services.store.artefacts.keep(record.id, now, { ...data, ...change })
