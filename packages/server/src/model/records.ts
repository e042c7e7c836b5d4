/**
 * What the authority stores, as plain records: one family for everything a caller can hold. Every
 * record has a tenant. Times are integer seconds since the epoch. Nothing here holds a secret: a
 * generated secret is a keyed digest, a password an Argon2id hash, a private key a sealed text.
 */
import type { Confirmation } from 'countersign'
import type { ActorClaim, GrantFacts } from './grant-facts.ts'
import type { ClientSettings } from './client-settings.ts'

/** A tenant: its own issuer, principals and credentials. `default` is there from the start. */
export interface TenantRecord {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** Who can hold credentials. */
export type PrincipalKind = 'user' | 'service' | 'client'

/** A user, a service or an OAuth client. */
export interface PrincipalRecord {
  readonly tenant: string
  /** `usr_…`, `svc_…`, `cli_…`: kinds never collide (SR-034). */
  readonly id: string
  readonly kind: PrincipalKind
  readonly name: string
  /** User name for Basic, unique in the tenant; null for the other kinds. */
  readonly username: string | null
  /** The most its credentials may be granted. */
  readonly scopes: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  /** OAuth settings; null unless a client. */
  readonly client: ClientSettings | null
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** The kinds of credential; more arrive with their methods. */
export type CredentialKind =
  | 'api_key'
  | 'client_secret'
  | 'password'
  | 'hmac_key'
  | 'public_key'
  | 'certificate'

/** One credential of a principal. Tombstones stay for audit. */
export interface CredentialRecord {
  readonly tenant: string
  /** The public id: part of an API key, the `x5t#S256` of a certificate; safe to log. */
  readonly id: string
  readonly kind: CredentialKind
  readonly principalId: string
  readonly name: string
  /** `live`, `test`, …: for API keys, part of the key. */
  readonly environment: string
  /**
   * Keyed digest of a generated secret, an Argon2id string of a password, the RFC 7638 thumbprint
   * of a public key, the SHA-256 thumbprint of a certificate; empty for an HMAC key, which is derived
   * and not stored.
   */
  readonly digest: string
  readonly algorithm:
    | 'hmac-sha256'
    | 'argon2id'
    | 'hkdf-sha256'
    | 'ed25519'
    | 'ecdsa-p256-sha256'
    | 'x5t#S256'
  /** Which pepper keyed the digest, or which the HMAC key is derived from; 0 for a public key. */
  readonly pepperVersion: number
  readonly scopes: readonly string[]
  readonly limits: readonly LimitRecord[]
  /** CIDR blocks; empty means everywhere. */
  readonly networks: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  readonly notBefore: number | null
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly revokedReason: string | null
  /** The id of the credential that took over at rotation. */
  readonly replacedBy: string | null
  readonly lastUsedAt: number | null
  readonly createdAt: number
  /** Public keys only: the members that RFC 7638 hashes, and no private one. */
  readonly publicJwk: Readonly<Record<string, unknown>> | null
  /** The key that whoever uses the credential must prove to hold as well (`cnf`, RFC 7800). */
  readonly confirmation: Confirmation | null
  /** Certificates only. */
  readonly certificate: CertificateFacts | null
}

/** What is kept of a certificate that was issued here. Nothing of it is secret. */
export interface CertificateFacts {
  /** The id of the CA that signed it. */
  readonly authority: string
  /** Upper case hexadecimal. */
  readonly serial: string
  readonly spiffe: string
  readonly dns: readonly string[]
  readonly root: CertificateRoot
}

/**
 * What a chain of renewals began with. The chain ends with it: a certificate is never a way to keep
 * what a credential gave longer than the credential.
 */
export interface CertificateRoot {
  /** `token` for access tokens; everything else is a credential with a record. */
  readonly kind: 'credential' | 'token'
  readonly id: string
  /** Tokens only, as all that follow: the names that a token can be revoked by. */
  readonly grantId: string | null
  readonly clientId: string | null
  /** The `kid` of the key that signed it. */
  readonly keyId: string | null
  readonly issuedAt: number
  readonly expiresAt: number | null
}

/** The states of a CA: see `certificates/trust-bundle.ts`. */
export type CertificateAuthorityState = 'planned' | 'active' | 'retiring' | 'removed'

/** A CA of the installation. */
export interface CertificateAuthorityRecord {
  readonly tenant: string
  /** The key identifier, in hexadecimal. */
  readonly id: string
  readonly name: string
  readonly state: CertificateAuthorityState
  /** When it came into this state. */
  readonly since: number
  readonly notAfter: number
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS#8 PEM, sealed by the key-encryption key; empty once removed. */
  readonly sealedPrivateKey: string
  readonly kekVersion: number
  readonly createdAt: number
}

/** A limit that a credential carries; same shape as the library's `LimitPolicy`. */
export interface LimitRecord {
  readonly name: string
  readonly algorithm: 'sliding-window' | 'gcra' | 'calendar'
  readonly limit: number
  readonly windowSeconds: number
  readonly burst?: number
  readonly consistency?: 'strict' | 'local'
  readonly onStoreFailure?: 'closed' | 'local' | 'open'
}

/** What a principal was granted through a client; the family of its tokens. */
export interface GrantRecord {
  readonly tenant: string
  readonly id: string
  readonly clientId: string
  readonly principalId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** The browser session that it came from; null without one. */
  readonly sessionId: string | null
  readonly facts: GrantFacts
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

/** Where a token comes from that was exchanged for others (RFC 8693). */
export interface TokenLineage {
  /** Who acts for its subject; undefined where the subject is impersonated. */
  readonly actor?: ActorClaim
  /** Ids of the tokens before it, the subject's first: it ends with each of them. */
  readonly parentIds: readonly string[]
}

/** An opaque access token or a refresh token, by the digest of its secret. */
export interface TokenRecord {
  readonly tenant: string
  /** Public id; inside the token, so that look-ups never index by secret. */
  readonly id: string
  readonly kind: 'access' | 'refresh'
  readonly digest: string
  readonly pepperVersion: number
  readonly grantId: string
  readonly clientId: string
  readonly principalId: string
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** `cnf` (RFC 7800): the key that whoever uses it must prove to hold; null for a bearer token. */
  readonly confirmation: { readonly jkt?: string; readonly 'x5t#S256'?: string } | null
  readonly state: 'active' | 'claimed' | 'revoked'
  /** Of one that was exchanged; else absent. */
  readonly lineage?: TokenLineage
  /** Refresh only: the response of the winner, sealed, for replay inside the grace window. */
  readonly sealedSuccessor: string | null
  readonly claimedAt: number | null
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The states of a signing key, in order: automatic, and never skipped except by `compromised`. */
export type SigningKeyState = 'published' | 'signing' | 'retired' | 'compromised'

/** A key that signs tokens. */
export interface SigningKeyRecord {
  readonly tenant: string
  /** The `kid`: the RFC 7638 thumbprint. */
  readonly id: string
  readonly algorithm: string
  readonly state: SigningKeyState
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** The private JWK, sealed with AES-256-GCM by the key-encryption key. */
  readonly sealedPrivateJwk: string
  readonly kekVersion: number
  readonly createdAt: number
  /** When it may start to sign: every verifier can have fetched it by then. */
  readonly signsAt: number
  readonly retiredAt: number | null
  /** When the last token it signed has expired, and it can be deleted. */
  readonly deletesAt: number | null
}

/** What a revocation names. */
export type RevocationKind =
  | 'token'
  | 'grant'
  | 'principal'
  | 'client'
  | 'credential'
  | 'key'
  | 'tenant'

/** One change that can shorten a verdict's life; the change feed is these, in order. */
export interface ChangeRecord {
  /** Gap-free in commit order. */
  readonly sequence: number
  readonly tenant: string
  readonly kind: RevocationKind
  readonly subject: string
  /** Only what was issued (or looked up) at or before this second falls; null: all of it. */
  readonly issuedBefore: number | null
  /** When everything it names has expired: the change leaves the snapshot then. */
  readonly expiresAt: number
  readonly at: number
}

/** One line of the audit log. Each holds the hash of the line before: a removed line shows. */
export interface EventRecord {
  readonly sequence: number
  readonly tenant: string
  /** `key.created`, `key.revoked`, `client.created`, `signing-key.rotated`, … */
  readonly type: string
  /** Who did it: a principal id, `cli`, or `system`. */
  readonly actor: string
  readonly subject: string
  /** Facts, never secrets. */
  readonly data: Readonly<Record<string, unknown>>
  readonly at: number
  readonly previousHash: string
  readonly hash: string
}

/** A decision kept for `explain`: the library's `DecisionRecord` as JSON. */
export interface StoredDecision {
  readonly id: string
  /** Absent when the request was refused before a tenant was known. */
  readonly tenant?: string | undefined
  readonly atMs: number
  readonly json: string
}
