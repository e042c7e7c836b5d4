import type { SharedLimitStore } from './limit-store.ts'
import type { RegistrationStore } from './registration.ts'
import type { ReplayUseStore } from './replay-store.ts'
import type { ArtefactStore, ConsentStore, SessionStore } from './authorization-store.ts'
import type { LeadershipStore, UsageStore } from './operation-store.ts'
import type { Page, PageQuery } from './page.ts'
import type {
  CertificateAuthorityRecord,
  ChangeRecord,
  CredentialKind,
  CredentialRecord,
  EventRecord,
  GrantRecord,
  PrincipalKind,
  PrincipalRecord,
  RevocationKind,
  SigningKeyRecord,
  StoredDecision,
  TenantRecord,
  TokenRecord,
} from './records.ts'

export type { Page, PageQuery } from './page.ts'
export type { ReplayUse, ReplayUseStore } from './replay-store.ts'

/** An event about to be appended; the store numbers and chains it. */
export type NewEvent = Omit<EventRecord, 'sequence' | 'previousHash' | 'hash'>

/** A change about to be published; the store numbers it. */
export interface NewChange {
  readonly tenant: string
  readonly kind: RevocationKind
  readonly subject: string
  readonly issuedBefore: number | null
  readonly expiresAt: number
  readonly at: number
}

/** Tenants. */
export interface TenantStore {
  insert(record: TenantRecord): Promise<void>
  find(id: string): Promise<TenantRecord | undefined>
  list(): Promise<readonly TenantRecord[]>
  /** Reports whether it was live until now. */
  revoke(id: string, at: number): Promise<boolean>
}

/** Users, services and clients. */
export interface PrincipalStore {
  insert(record: PrincipalRecord): Promise<void>
  find(tenant: string, id: string): Promise<PrincipalRecord | undefined>
  findByUsername(tenant: string, username: string): Promise<PrincipalRecord | undefined>
  list(query: PageQuery & { readonly kind: PrincipalKind }): Promise<Page<PrincipalRecord>>
  /** Replaces the mutable fields; reports whether the principal exists and lives. */
  update(
    tenant: string,
    id: string,
    change: Partial<Pick<PrincipalRecord, 'name' | 'scopes' | 'metadata' | 'client'>>,
  ): Promise<boolean>
  revoke(tenant: string, id: string, at: number): Promise<boolean>
}

/** Credentials of every kind. */
export interface CredentialStore {
  insert(record: CredentialRecord): Promise<void>
  /** By public id alone: an API key names no tenant, its id is unique everywhere. */
  find(id: string): Promise<CredentialRecord | undefined>
  /** All of one principal, newest first, tombstones too. */
  listOf(tenant: string, principalId: string): Promise<readonly CredentialRecord[]>
  /** Of one kind, or of several in one list. */
  list(
    query: PageQuery & { readonly kind: CredentialKind | readonly CredentialKind[] },
  ): Promise<Page<CredentialRecord>>
  /**
   * Replaces the mutable fields; reports whether the credential exists. A tombstone can still be
   * told who replaced it; nothing here brings it back to life.
   */
  update(
    id: string,
    change: Partial<
      Pick<
        CredentialRecord,
        | 'name'
        | 'scopes'
        | 'limits'
        | 'networks'
        | 'metadata'
        | 'expiresAt'
        | 'replacedBy'
        | 'digest'
        | 'confirmation'
      >
    >,
  ): Promise<boolean>
  /** Reports whether it was live until now; the first revocation's time and reason stay. */
  revoke(id: string, at: number, reason: string): Promise<boolean>
  /** Batched last-used times; a time never goes back. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>
}

/** Which grants are wanted: at least one member beside the tenant. */
export interface GrantQuery {
  readonly tenant: string
  readonly principalId?: string
  readonly clientId?: string
  readonly sessionId?: string
}

/** Grants and their tokens. */
export interface TokenStore {
  insertGrant(record: GrantRecord): Promise<void>
  findGrant(tenant: string, id: string): Promise<GrantRecord | undefined>
  revokeGrant(tenant: string, id: string, at: number): Promise<boolean>
  /** The living ones of a person, of a client, of both, or of a session; newest first, at most 1000. */
  listGrants(query: GrantQuery): Promise<readonly GrantRecord[]>
  /** Deletes at most `limit` grants that expired or were revoked before `now`; answers how many went. */
  sweepGrants(now: number, limit: number): Promise<number>
  insert(record: TokenRecord): Promise<void>
  /** By public id alone. */
  find(id: string): Promise<TokenRecord | undefined>
  revoke(id: string, at: number): Promise<boolean>
  /**
   * Claims a refresh token for its one successor, whose response it keeps sealed. Of many at once,
   * in any process, one wins.
   */
  claim(id: string, at: number, sealedSuccessor: string): Promise<boolean>
  /** Deletes at most `limit` expired tokens; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}

/** Signing keys. */
export interface SigningKeyStore {
  insert(record: SigningKeyRecord): Promise<void>
  list(tenant: string): Promise<readonly SigningKeyRecord[]>
  /**
   * Moves a key on, only if it is still in the state it is moved from: two rotators cannot both
   * win. Reports whether this call moved it.
   */
  transition(
    id: string,
    from: SigningKeyRecord['state'],
    change: Partial<
      Omit<SigningKeyRecord, 'tenant' | 'id' | 'algorithm' | 'publicJwk' | 'createdAt'>
    >,
  ): Promise<boolean>
  delete(id: string): Promise<void>
}

/** A certificate that no longer counts: itself, or what it falls with, was revoked. */
export interface RevokedCertificate {
  readonly serial: string
  readonly revokedAt: number
  /** Why the certificate itself was revoked; null where something else was. */
  readonly reason: string | null
}

/** CAs, and what is asked about all certificates of one. */
export interface CertificateAuthorityStore {
  /** Raises {@link CertificateAuthorityStore.sequence}. */
  insert(record: CertificateAuthorityRecord): Promise<void>
  list(tenant: string): Promise<readonly CertificateAuthorityRecord[]>
  /**
   * Moves a CA on, only if it is still in the state it is moved from: of two nodes one wins. Reports
   * whether this call moved it; then {@link CertificateAuthorityStore.sequence} was raised.
   */
  transition(
    id: string,
    from: CertificateAuthorityRecord['state'],
    change: Partial<
      Pick<CertificateAuthorityRecord, 'state' | 'since' | 'sealedPrivateKey' | 'kekVersion'>
    >,
  ): Promise<boolean>
  /** Grows by every change of the set of CAs. */
  sequence(): Promise<number>
  /** A number for a list of revoked certificates, higher than every one before. */
  nextListNumber(): Promise<number>
  /**
   * Certificates of a CA that were revoked, themselves or with their principal, their tenant or the
   * credential that they began with, and that expire after `expiresAfter`.
   */
  revoked(authority: string, expiresAfter: number): Promise<readonly RevokedCertificate[]>
  /** How many certificates of each CA have neither expired nor been revoked. */
  countLive(now: number): Promise<ReadonlyMap<string, number>>
  /** Deletes at most `limit` certificates that expired before; answers how many went. */
  sweep(expiredBefore: number, limit: number): Promise<number>
}

/** The change feed. */
export interface ChangeStore {
  /** Appends a change in the transaction of the state change it announces. */
  append(change: NewChange): Promise<ChangeRecord>
  /** Changes after a cursor, oldest first. */
  after(sequence: number, limit: number): Promise<readonly ChangeRecord[]>
  /** Every change that still names something unexpired: the start of a verifier. */
  snapshot(
    now: number,
  ): Promise<{ readonly sequence: number; readonly changes: readonly ChangeRecord[] }>
  /** The last sequence number; 0 for an empty feed. */
  head(): Promise<number>
  /**
   * The last change swept away; 0 for none. `after` is gap-free from here on: a cursor below it is
   * too old, and its reader starts from a snapshot.
   */
  floor(): Promise<number>
  /** Deletes at most `limit` changes that name nothing unexpired; answers how many went. */
  sweep(now: number, limit: number): Promise<number>
}

/** The audit log: append-only, each line chained to the one before it. */
export interface EventStore {
  append(event: NewEvent): Promise<EventRecord>
  list(query: PageQuery): Promise<Page<EventRecord>>
  /** Reads the chain in order, for verification. */
  scan(afterSequence: number, limit: number): Promise<readonly EventRecord[]>
  /** The last sequence number given out; 0 for none. Lines cut off the end are missing below it. */
  head(): Promise<number>
}

/** Decisions kept for `explain`, bounded in time and rows. */
export interface DecisionStore {
  insertMany(decisions: readonly StoredDecision[]): Promise<void>
  find(id: string): Promise<StoredDecision | undefined>
  /** Keeps the newest `maxRows` that are younger than `olderThanMs`; answers how many went. */
  sweep(olderThanMs: number, maxRows: number): Promise<number>
}

/** Everything inside one transaction, or outside of any. */
export interface StoreSession {
  readonly tenants: TenantStore
  readonly principals: PrincipalStore
  readonly credentials: CredentialStore
  readonly tokens: TokenStore
  readonly signingKeys: SigningKeyStore
  readonly certificateAuthorities: CertificateAuthorityStore
  readonly changes: ChangeStore
  readonly events: EventStore
  readonly decisions: DecisionStore
  readonly replays: ReplayUseStore
  readonly artefacts: ArtefactStore
  readonly sessions: SessionStore
  readonly consents: ConsentStore
  readonly registrations: RegistrationStore
  readonly leadership: LeadershipStore
  readonly usage: UsageStore
}

/** How a transaction stands to the others that run at the same time, on any node. */
export interface TransactionOptions {
  /**
   * `exclusive`: no other exclusive transaction runs meanwhile, so what it reads it may decide by.
   * `none`: others run beside it, and what it has read may have changed. For work whose every
   * decision is one conditional statement (a claim), and which appends its events last: the audit
   * log is one chain, and its end is held from the first append to the commit. A store with one
   * writer gives both the same.
   *
   * @defaultValue `exclusive`
   */
  readonly turn?: 'exclusive' | 'none'
}

/**
 * One store contract for every database. What a method acknowledges is durable; what a transaction
 * throws out of is undone whole.
 *
 * @throws an `UnavailableError` of the library when the database cannot be reached; a
 *   `ConflictError` (`errors.ts`) for an id or user name that exists, or a principal or tenant that does not.
 */
export interface Store extends StoreSession {
  /** Limits: counted by every process on the store together, outside of transactions. */
  readonly limits: SharedLimitStore
  /**
   * Runs `work` as one transaction. Inside, only the session is used: the store itself would wait
   * for the transaction, and throws instead. Writers wait for each other, so hash, sign and fetch
   * before, not inside. The work may run more than once: what others got in the way of is undone
   * and run again.
   */
  transaction<T>(
    work: (session: StoreSession) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>
  /**
   * Calls back soon after any process committed a change: at once for this process, within about
   * 100 ms for another. The listener must not throw. Returns the way to stop.
   */
  onChange(listener: () => void): () => void
  /** Resolves when the store answers, rejects when it does not. */
  ping(): Promise<void>
  /** Waits for the transaction at hand, then closes; safe to call twice. */
  close(): Promise<void>
}
