import type { Confirmation, Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'
import type { Form } from '../http/form.ts'
import type { ProvenClient } from '../client-auth/authenticate.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'

/** A token request of an authenticated client. */
export interface GrantRequest {
  readonly services: Services
  readonly tenant: Tenant
  readonly form: Form
  readonly client: ProvenClient
  /** The key that the client proved to hold beside its own credential. */
  readonly confirmation: Confirmation | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * A successful token response.
 *
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly scope: string
}

/** Answers token requests of one grant type. */
export type Grant = (request: GrantRequest) => Promise<Result<TokenResponse, OAuthFailure>>
