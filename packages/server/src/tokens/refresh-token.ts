import type { Confirmation } from 'countersign'
import { mintSecret } from '../credentials/mint.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { GrantRecord, TokenRecord } from '../model/records.ts'
import type { Services } from '../services.ts'
import { REFRESH_TOKEN_ENVIRONMENT } from './known-token.ts'

/** What a refresh token is made from. */
export interface RefreshTokenFacts {
  readonly grant: GrantRecord
  readonly settings: ClientSettings
  /** The key that whoever uses it must prove to hold (RFC 9449 §5: public clients). */
  readonly confirmation: Confirmation | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** A new refresh token and its row, to be stored before it is handed out. */
export interface MadeRefreshToken {
  readonly token: string
  readonly record: TokenRecord
}

/**
 * Makes a refresh token of a grant. It ends when it is not used for a while, and with its grant at
 * the latest (SR-025). Its scopes and audiences are those of the grant, whatever one access token
 * asks for (SR-024). Writes nothing.
 */
export async function makeRefreshToken(
  services: Services,
  { grant, settings, confirmation, now }: RefreshTokenFacts,
): Promise<MadeRefreshToken> {
  const minted = await mintSecret(services, REFRESH_TOKEN_ENVIRONMENT)
  const idleEnd = now + settings.refreshTokenIdleSeconds
  const record: TokenRecord = {
    tenant: grant.tenant,
    id: minted.id,
    kind: 'refresh',
    digest: minted.digest,
    pepperVersion: minted.pepperVersion,
    grantId: grant.id,
    clientId: grant.clientId,
    principalId: grant.principalId,
    scopes: grant.scopes,
    audiences: grant.audiences,
    confirmation: confirmation ?? null,
    state: 'active',
    sealedSuccessor: null,
    claimedAt: null,
    issuedAt: now,
    expiresAt: Math.min(idleEnd, grant.expiresAt ?? idleEnd),
  }
  return { token: minted.secret.reveal(), record }
}
