import type { ArtefactKind, ArtefactRecord, ConsentRecord, SessionRecord } from './authorization.ts'
import type { Page, PageQuery } from './page.ts'

/** What can be said of an artefact when it is used up. */
export type ArtefactUse = Partial<Pick<ArtefactRecord, 'grantId' | 'sealedResponse'>>

/** Single-use artefacts. */
export interface ArtefactStore {
  insert(record: ArtefactRecord): Promise<void>
  /** By public id alone, used up or not. */
  find(id: string): Promise<ArtefactRecord | undefined>
  /** The living one of a kind with this second name. */
  findByLookup(
    tenant: string,
    kind: ArtefactKind,
    lookup: string,
  ): Promise<ArtefactRecord | undefined>
  /** Uses it up. Of many at once, in any process, one wins; an expired one has no winner. */
  consume(id: string, at: number, use?: ArtefactUse): Promise<boolean>
  /**
   * Says who decided, and what follows, once: only while nobody has and it lives. A device code is
   * decided by a person and used up by its device.
   */
  decide(
    id: string,
    at: number,
    decision: Pick<ArtefactRecord, 'principalId' | 'grantId' | 'data'>,
  ): Promise<boolean>
  /** Replaces what it keeps, while it lives and is not used up. */
  keep(id: string, at: number, data: ArtefactRecord['data']): Promise<boolean>
  /** Deletes at most `limit` expired ones; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}

/** What a sign-in changes of a session that goes on. */
export type SessionRenewal = Pick<
  SessionRecord,
  'authentication' | 'digest' | 'pepperVersion' | 'lastSeenAt' | 'expiresAt'
>

/** Browser sessions. */
export interface SessionStore {
  insert(record: SessionRecord): Promise<void>
  /** By public id alone. */
  find(id: string): Promise<SessionRecord | undefined>
  /** The living ones of a person, newest first. */
  listOf(tenant: string, principalId: string, now: number): Promise<readonly SessionRecord[]>
  /** Says that it was used, and how long it lives now; never brings one back. */
  touch(id: string, change: Pick<SessionRecord, 'lastSeenAt' | 'expiresAt'>): Promise<boolean>
  /** Notes that the person proved itself anew in it, and got another secret; never brings one back. */
  authenticate(id: string, change: SessionRenewal): Promise<boolean>
  /** Reports whether it lived until now. */
  revoke(id: string, at: number): Promise<boolean>
  /** Deletes at most `limit` that expired or were revoked before `now`; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}

/** What people agreed to. */
export interface ConsentStore {
  /** Replaces the record of the pair, a revoked one too; `createdAt` of a living one stays. */
  put(record: ConsentRecord): Promise<void>
  find(tenant: string, principalId: string, clientId: string): Promise<ConsentRecord | undefined>
  list(
    query: PageQuery & { readonly principalId?: string; readonly clientId?: string },
  ): Promise<Page<ConsentRecord>>
  /** Reports whether it lived until now. */
  revoke(
    pair: Pick<ConsentRecord, 'tenant' | 'principalId' | 'clientId'>,
    at: number,
  ): Promise<boolean>
}
