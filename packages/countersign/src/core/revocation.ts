import { UnavailableError } from './errors.ts'

/** What of a credential can be revoked by name. */
export interface RevocableFacts {
  readonly tenant: string
  readonly tokenId?: string | undefined
  /** Ids of the tokens that it was exchanged from (RFC 8693): it ends with each of them. */
  readonly parentIds?: readonly string[] | undefined
  readonly grantId?: string | undefined
  readonly principalId?: string | undefined
  readonly clientId?: string | undefined
  readonly credentialId?: string | undefined
  /** The `kid` of the key that signed it. */
  readonly keyId?: string | undefined
  /** Seconds since the epoch: what was issued before a cut-off falls with it. */
  readonly issuedAt?: number | undefined
}

/** The kinds of subject a revocation can name. */
export type RevocationKind =
  | 'token'
  | 'grant'
  | 'principal'
  | 'client'
  | 'credential'
  | 'key'
  | 'tenant'

/** One revocation, as the change feed carries it. */
export interface Revocation {
  readonly tenant: string
  readonly kind: RevocationKind
  readonly subject: string
  /** Seconds since the epoch: only what was issued at or before this falls. Absent: all of it. */
  readonly issuedBefore?: number
  /** Seconds since the epoch: when everything it names has expired anyway, and it can go. */
  readonly expiresAt: number
}

/** How much the revocations of a verifier can be trusted now. */
export type Freshness = 'starting' | 'live' | 'stale' | 'lost'

/** What a method asks about revocations. */
export interface Revocations {
  /** The revocation that names these facts, or undefined. */
  find(facts: RevocableFacts): Revocation | undefined
  /**
   * `live`: the feed is connected. `stale`: it broke less than `maxStalenessSeconds` ago.
   * `starting` and `lost`: nothing may be accepted.
   */
  freshness(now: number): Freshness
}

/** Throws {@link UnavailableError} unless the revocations are fresh enough to accept anything. */
export function assertFresh(revocations: Revocations, now: number): void {
  const freshness = revocations.freshness(now)
  if (freshness === 'live' || freshness === 'stale') return
  throw new UnavailableError('feed', `the revocation feed is ${freshness}; nothing is accepted`)
}

const keyOf = (tenant: string, kind: RevocationKind, subject: string): string =>
  `${kind}\u0000${tenant}\u0000${subject}`

/**
 * The revocations a verifier holds. Entries leave when what they name has expired; the number is
 * bounded, and losing one to the bound is loud: `overflowed` turns true, and the owner must fall
 * back to asking.
 */
export class RevocationSet {
  readonly #entries = new Map<string, Revocation>()
  readonly #maxEntries: number

  /** @param maxEntries - Revocations held; about 200 bytes each. */
  constructor(maxEntries = 1_000_000) {
    this.#maxEntries = maxEntries
  }

  /** Revocations held now. */
  get size(): number {
    return this.#entries.size
  }

  /** Reports whether the bound was reached and something could not be stored. */
  overflowed = false

  /** Adds a revocation. Of two for one subject the wider one stays. */
  add(revocation: Revocation): void {
    const key = keyOf(revocation.tenant, revocation.kind, revocation.subject)
    const known = this.#entries.get(key)
    if (known === undefined && this.#entries.size >= this.#maxEntries) {
      this.overflowed = true
      return
    }
    this.#entries.set(key, known === undefined ? revocation : wider(known, revocation))
  }

  /** The revocation that names these facts, or undefined. */
  find(facts: RevocableFacts): Revocation | undefined {
    if (this.#entries.size === 0) return undefined
    return (
      this.#match('token', facts.tokenId, facts) ??
      this.#matchParents(facts) ??
      this.#match('grant', facts.grantId, facts) ??
      this.#match('credential', facts.credentialId, facts) ??
      this.#match('principal', facts.principalId, facts) ??
      this.#match('client', facts.clientId, facts) ??
      this.#match('key', facts.keyId, facts) ??
      this.#match('tenant', facts.tenant, facts)
    )
  }

  /** Drops the entries whose subjects have all expired. */
  sweep(now: number): void {
    for (const [key, entry] of this.#entries) if (entry.expiresAt < now) this.#entries.delete(key)
  }

  /** Drops everything, before a snapshot is loaded. */
  clear(): void {
    this.#entries.clear()
    this.overflowed = false
  }

  #matchParents(facts: RevocableFacts): Revocation | undefined {
    for (const id of facts.parentIds ?? []) {
      const found = this.#match('token', id, facts)
      if (found !== undefined) return found
    }
    return undefined
  }

  #match(
    kind: RevocationKind,
    subject: string | undefined,
    facts: RevocableFacts,
  ): Revocation | undefined {
    if (subject === undefined) return undefined
    const entry = this.#entries.get(keyOf(facts.tenant, kind, subject))
    if (entry?.issuedBefore === undefined) return entry
    // Unknown issue time: it cannot be shown to be newer than the cut-off, so it falls.
    return facts.issuedAt === undefined || facts.issuedAt <= entry.issuedBefore ? entry : undefined
  }
}

function wider(left: Revocation, right: Revocation): Revocation {
  const expiresAt = Math.max(left.expiresAt, right.expiresAt)
  if (left.issuedBefore === undefined || right.issuedBefore === undefined) {
    const { issuedBefore: _, ...all } = left
    return { ...all, expiresAt }
  }
  return { ...left, issuedBefore: Math.max(left.issuedBefore, right.issuedBefore), expiresAt }
}
