import type { AuthorizationErrorCode } from '../http/error-codes.ts'
import type { PrincipalRecord } from '../model/records.ts'
import type { AuthorizationDetail, ClaimsRequest } from '../model/grant-facts.ts'
import type { ClientSettings } from '../model/client-settings.ts'

/** How long a person has to find a password, and to read what is asked, in seconds. */
export const DECISION_SECONDS = 600

/** A client as the authorization endpoint knows it: registered, and not yet proven. */
export interface RegisteredClient {
  readonly principal: PrincipalRecord
  readonly settings: ClientSettings
}

/** How an answer travels to the client. */
export type ResponseMode = 'query' | 'form_post'

/** What a client asks of the person, beside the question itself (OpenID Connect Core §3.1.2.1). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

/** Where, and how, the answer to an authorization request goes: good before anything else is. */
export interface ReturnAddress {
  /** One that is registered for the client: an answer may go there, errors too (SR-002). */
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  /** As the client sent it; undefined where it sent none. */
  readonly state: string | undefined
}

/**
 * An authorization request that was checked against its client: plain JSON, safe to keep and to act
 * on. What it asks for is what the client may ask for; whether a person agrees is another question.
 */
export interface AuthorizationRequest extends ReturnAddress {
  readonly clientId: string
  readonly scopes: readonly string[]
  /** RFC 8707; audiences of the client, at least one. */
  readonly resources: readonly string[]
  /** Always S256 (SR-013). */
  readonly codeChallenge: string
  /** The key that the code is bound to (RFC 9449 §10). */
  readonly dpopJkt?: string
  readonly nonce?: string
  readonly prompt: readonly Prompt[]
  /** Seconds since the person proved itself, at most. */
  readonly maxAge?: number
  readonly acrValues: readonly string[]
  readonly loginHint?: string
  /** Whom the request is about, by the client's name of the person (`id_token_hint`). */
  readonly subject?: string
  readonly uiLocales: readonly string[]
  readonly claims?: ClaimsRequest
  readonly authorizationDetails: readonly AuthorizationDetail[]
}

/** A request and the client that made it. */
export interface AskedRequest {
  readonly client: RegisteredClient
  readonly request: AuthorizationRequest
  /** The pushed request that it was read from (RFC 9126): used up when a code is issued. */
  readonly pushedId: string | undefined
}

/**
 * Why an authorization request failed. Texts are for the client's developer, ASCII, and echo nothing.
 */
export interface AuthorizationFailure {
  readonly error: AuthorizationErrorCode
  readonly description: string
  /** Where to say so. Undefined: nowhere but here, on a page; the client or its address is not known. */
  readonly returnTo: ReturnAddress | undefined
}
