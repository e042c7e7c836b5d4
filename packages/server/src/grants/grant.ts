import type { Confirmation, Result } from 'countersign'
import type { OAuthFailure } from '../http/answers.ts'
import type { Form } from '../http/form.ts'
import type { ProvenClient } from '../client-auth/authenticate.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import type { TokenResponse } from '../tokens/response.ts'

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

/** Answers token requests of one grant type. */
export type Grant = (request: GrantRequest) => Promise<Result<TokenResponse, OAuthFailure>>
