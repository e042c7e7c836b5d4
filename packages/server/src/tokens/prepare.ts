import type { Confirmation } from 'countersign'
import type { ClientSettings } from '../model/client-settings.ts'
import type { GrantRecord, TokenRecord } from '../model/records.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { makeAccessToken } from './access-token.ts'
import { signIdToken } from './id-token.ts'
import { makeRefreshToken } from './refresh-token.ts'
import { tokenTypeOf, type TokenResponse } from './response.ts'

/** What a token response is made from. What it says was decided and checked before. */
export interface TokenPlan {
  readonly tenant: Tenant
  readonly clientId: string
  readonly settings: ClientSettings
  readonly grant: GrantRecord
  /** Of the access token: within the grant's (SR-024). */
  readonly scopes: readonly string[]
  /** One of the grant's (RFC 8707). */
  readonly audience: string
  readonly confirmation: Confirmation | undefined
  /** Whether a refresh token goes with it, and what that one is bound to. */
  readonly refresh: { readonly confirmation: Confirmation | undefined } | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** A token response that nobody has seen yet, and the rows that make it true. */
export interface PreparedTokens {
  readonly response: TokenResponse
  /** Insert them in the transaction that claims what they are issued for. */
  readonly records: readonly TokenRecord[]
}

/**
 * Makes the tokens of a grant: an access token, an ID token where `openid` was granted, a refresh
 * token where one is wanted. Everything slow happens here, before any transaction; nothing is
 * written, so that a claim that is lost leaves nothing behind.
 */
export async function prepareTokens(services: Services, plan: TokenPlan): Promise<PreparedTokens> {
  const { grant, scopes, confirmation, refresh } = plan
  const access = await makeAccessToken(services, { ...plan, subject: grant.principalId })
  const [idToken, refreshToken] = await Promise.all([
    scopes.includes('openid')
      ? signIdToken(services, { ...plan, accessToken: access.token })
      : undefined,
    refresh === undefined ? undefined : makeRefreshToken(services, { ...plan, ...refresh }),
  ])
  const { authorizationDetails } = grant.facts
  const response: TokenResponse = {
    access_token: access.token,
    token_type: tokenTypeOf(confirmation),
    expires_in: access.lifetimeSeconds,
    scope: scopes.join(' '),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.token }),
    ...(authorizationDetails === undefined ? {} : { authorization_details: authorizationDetails }),
  }
  const records = [access.record, refreshToken?.record].filter((record) => record !== undefined)
  return { response, records }
}
