/** The names of the ways a caller can prove itself. */
export type MethodName =
  | 'jwt'
  | 'opaque'
  | 'api-key'
  | 'basic'
  | 'mtls'
  | 'http-signature'
  | 'sigv4'
  | 'webhook'

/**
 * The methods whose credential is a key that its holder uses and never sends: a captured request
 * hands nobody the means to make another one.
 */
const PROVES_POSSESSION: ReadonlySet<MethodName> = new Set([
  'mtls',
  'http-signature',
  'sigv4',
  'webhook',
])

/** The key a token is bound to (RFC 7800): the caller must prove possession of it. */
export interface Confirmation {
  /** Thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt?: string
  /** SHA-256 thumbprint of a client certificate (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string
}

/** One link of a delegation chain (RFC 8693 §4.1): who acts for the subject. */
export interface Actor {
  readonly subject: string
  readonly actor?: Actor
}

/** What every principal has, whichever proof it used. */
export interface PrincipalFacts {
  /** Stable identifier of the caller inside its tenant: `sub`, service id, client id. */
  readonly id: string
  /** The tenant that owns the caller. `default` where there is only one. */
  readonly tenant: string
  /** How the caller proved itself. */
  readonly method: MethodName
  /** Public id of the credential that was used (`jti`, key id, …). Safe to log. */
  readonly credentialId: string
  /** What the credential may do. */
  readonly scopes: readonly string[]
  /** Verified claims or metadata of the credential. From the issuer, not from the caller. */
  readonly claims: Readonly<Record<string, unknown>>
  /**
   * The key of the caller that the credential is bound to. Set only when the request proved that it
   * holds it. See {@link isSenderConstrained}.
   */
  readonly confirmation?: Confirmation
  /** Who acts for this principal, outermost first. */
  readonly actor?: Actor
  /** Seconds since the epoch: when the proof behind this credential was made. */
  readonly authenticatedAt: number
  /** Seconds since the epoch: when the credential stops to be valid, if it ever does. */
  readonly expiresAt?: number
}

/** A person, or an app acting for one: `clientId` names the app when a token tells. */
export interface UserPrincipal extends PrincipalFacts {
  readonly type: 'user'
  readonly clientId?: string
}

/** A workload of one's own, known by an API key, a certificate or a signing key. */
export interface ServicePrincipal extends PrincipalFacts {
  readonly type: 'service'
}

/** An OAuth client acting on its own behalf (client credentials). */
export interface ClientPrincipal extends PrincipalFacts {
  readonly type: 'client'
  readonly clientId: string
}

/** Software that acts for somebody else through a delegation chain. */
export interface AgentPrincipal extends PrincipalFacts {
  readonly type: 'agent'
  readonly actor: Actor
  readonly clientId?: string
}

/** Who is calling: one type for every method, discriminated by `type`. */
export type Principal = UserPrincipal | ServicePrincipal | ClientPrincipal | AgentPrincipal

/**
 * Reports whether the request proved possession of a key, so that what it carried is of no use to
 * whoever sees it: a token or an API key that is bound to a proven key (`confirmation`), or a method
 * that is such a proof itself (client certificates, signatures).
 *
 * Does not say how much of the request the proof covers, nor that it was used once: a signing
 * method under `unsafe: { replays: true }` still proves possession, and can be captured.
 *
 * @see [RFC 9700 §2.2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.2.1) sender-constrained tokens
 */
export const isSenderConstrained = ({
  method,
  confirmation,
}: Pick<Principal, 'method' | 'confirmation'>): boolean =>
  confirmation !== undefined || PROVES_POSSESSION.has(method)
