/**
 * Records of people and what they granted. As everywhere: a tenant each, times in integer seconds
 * since the epoch, and of a secret only its keyed digest.
 */

/** One element of `authorization_details` (RFC 9396 §2). Checked for its type before it is stored. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** How OpenID Connect asks for one claim (Core §5.5.1); null asks for it as it is. */
export type ClaimRequest = {
  readonly essential?: boolean
  readonly value?: unknown
  readonly values?: readonly unknown[]
} | null

/** The `claims` parameter (OpenID Connect Core §5.5). */
export interface ClaimsRequest {
  readonly id_token?: Readonly<Record<string, ClaimRequest>>
  readonly userinfo?: Readonly<Record<string, ClaimRequest>>
}

/** How a person proved itself. */
export interface Authentication {
  /** Seconds since the epoch. */
  readonly at: number
  /** Authentication methods (RFC 8176): `pwd`, … */
  readonly amr: readonly string[]
  readonly acr?: string
}

/** Who acts for the subject of a grant (RFC 8693 §4.1). */
export interface ActorClaim {
  readonly sub: string
  readonly client_id?: string
  readonly act?: ActorClaim
}

/** What tokens of a grant say beside its scopes and audiences. */
export interface GrantFacts {
  readonly authentication?: Authentication
  /** Of the authorization request, for ID tokens. */
  readonly nonce?: string
  readonly claims?: ClaimsRequest
  readonly authorizationDetails?: readonly AuthorizationDetail[]
  readonly actor?: ActorClaim
}

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
