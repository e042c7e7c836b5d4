/**
 * Records of people and what they granted. As everywhere: a tenant each, times in integer seconds
 * since the epoch, and of a secret only its keyed digest.
 */
import type { Authentication } from './grant-facts.ts'

/** What may be used once: codes, pushed requests, device codes, and requests under way. */
export type ArtefactKind = 'code' | 'pushed-request' | 'device-code' | 'interaction'

/** A single-use artefact, by the digest of its secret. */
export interface ArtefactRecord {
  readonly tenant: string
  /** Public id; inside the artefact, so that look-ups never index by secret. */
  readonly id: string
  readonly kind: ArtefactKind
  readonly digest: string
  readonly pepperVersion: number
  /** Whom it was given to. */
  readonly clientId: string
  /** Who decided; null until somebody has. */
  readonly principalId: string | null
  /** What it led to. */
  readonly grantId: string | null
  /** A second name it is found by: the keyed digest of a user code. Unique among the living of a kind. */
  readonly lookup: string | null
  /** What the kind keeps: plain JSON, written by its own module only. */
  readonly data: Readonly<Record<string, unknown>>
  /** The response of the winner, sealed, for the same client to have again within a short window. */
  readonly sealedResponse: string | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly consumedAt: number | null
}

/** A browser session of a person. Its cookie holds the secret; this the digest. */
export interface SessionRecord {
  readonly tenant: string
  /** Public id; `sid` in ID and logout tokens. */
  readonly id: string
  readonly digest: string
  readonly pepperVersion: number
  readonly principalId: string
  readonly authentication: Authentication
  /** What the person recognises it by: the browser, coarse; never an address. */
  readonly label: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
}

/** What a person agreed to for a client; one record for each pair. */
export interface ConsentRecord {
  readonly tenant: string
  readonly principalId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
  /** Null: until it is revoked. */
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}
