import type { Clock, DecisionRecord, Revocations, Secret } from 'countersign'
import type { Logger } from 'pino'
import type { SigningAlgorithm } from './keys/rules.ts'
import type { SigningKeyRecord } from './model/records.ts'
import type { Store } from './model/store.ts'
import type { Term } from './operations/leadership.ts'
import type { Profile } from './profiles/profile.ts'

/**
 * The secrets an installation stands on, each versioned so that it can be rotated: the newest
 * version seals and digests, older ones still open and compare.
 */
export interface MasterSecrets {
  /** Pepper versions for HMAC-SHA-256 digests of generated secrets; 32 bytes, base64url. */
  readonly peppers: ReadonlyMap<number, Secret>
  /** Key-encryption keys for sealed private keys; 32 bytes, base64url. */
  readonly keks: ReadonlyMap<number, Secret>
}

/** Claims for a key of an algorithm. */
export type ClaimsByAlgorithm = (algorithm: SigningAlgorithm) => Readonly<Record<string, unknown>>

/** Signing keys as the rest of the authority sees them. */
export interface SigningKeys {
  /**
   * Signs a compact JWS with the tenant's current key; on the thread pool. Claims that depend on the
   * algorithm of that key (`at_hash`) are a function of it: the key of before a change of algorithm
   * signs until the next rotation.
   */
  sign(
    tenant: string,
    header: { readonly typ: string },
    claims: Readonly<Record<string, unknown>> | ClaimsByAlgorithm,
  ): Promise<string>
  /** The public keys that verifiers may meet, for `/oauth/jwks`. */
  jwks(tenant: string): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>
  list(tenant: string): Promise<readonly SigningKeyRecord[]>
  /**
   * Starts a rotation; `compromised` stops the current key at once, revokes its `kid` and signs
   * with a new key from now on.
   */
  rotate(
    tenant: string,
    options: { readonly compromised: boolean; readonly actor: string },
  ): Promise<readonly SigningKeyRecord[]>
  /** Moves keys whose time has come. Called by the housekeeper of the node that leads. */
  advance(now: number, term?: Term): Promise<void>
}

/** Decisions, kept for `explain`: buffered, bounded, written in batches off the request path. */
export interface DecisionLog {
  record(decision: DecisionRecord): void
  find(id: string): Promise<DecisionRecord | undefined>
  flush(): Promise<void>
}

/** What this process knows to be revoked, kept up by the store's change feed. */
export interface LocalRevocations extends Revocations {
  /**
   * Reads every change committed so far. Await it after a transaction that appended one and before
   * acknowledging it: then this process refuses what the caller was told is revoked.
   */
  catchUp(): Promise<void>
}

/** What every part of the authority is given. Made once, in `authority.ts`. */
export interface AuthorityContext {
  /** The default tenant's issuer, without a trailing slash; a tenant's is `<issuer>/t/<tenant>`. */
  readonly issuer: string
  /** First part of API keys and tokens: `cs`. */
  readonly brand: string
  readonly store: Store
  readonly secrets: MasterSecrets
  /** How strict the OAuth endpoints are. */
  readonly profile: Profile
  readonly clock: Clock
  readonly log: Logger
  readonly signingKeys: SigningKeys
  readonly decisions: DecisionLog
  readonly revocations: LocalRevocations
}
