/** What a grant is about beside scopes and audiences: how the person proved itself, and what was asked. */

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
