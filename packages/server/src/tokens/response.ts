import type { Confirmation } from 'countersign'
import type { AuthorizationDetail } from '../model/grant-facts.ts'

/**
 * A successful token response.
 *
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP' | 'N_A'
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
  /** RFC 9396 §7 */
  readonly authorization_details?: readonly AuthorizationDetail[]
  /** RFC 8693 §2.2.1 */
  readonly issued_token_type?: string
}

/** The type of an access token by what it is bound to (RFC 9449 §5). */
export const tokenTypeOf = (confirmation: Confirmation | undefined): 'Bearer' | 'DPoP' =>
  confirmation?.jkt === undefined ? 'Bearer' : 'DPoP'
