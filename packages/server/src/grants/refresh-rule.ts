import type { Confirmation } from 'countersign'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Profile } from '../profiles/profile.ts'
import type { GrantRequest } from './grant.ts'

/** Whether a client is public: it has nothing to prove itself with. */
export const isPublic = ({ tokenEndpointAuthMethod }: ClientSettings): boolean =>
  tokenEndpointAuthMethod === 'none'

/** Whether a refresh token is replaced at each use (SR-022, SR-023). */
export const isRotated = ({ rotateRefreshTokens }: Profile, settings: ClientSettings): boolean =>
  rotateRefreshTokens === 'every-client' || isPublic(settings)

/**
 * The refresh token that goes with a token response: for clients that are registered for the grant.
 * That of a public client is bound to the key it proved; a confidential client is bound by its own
 * credential, and may change its key (RFC 9449 §5).
 */
export function refreshOf({
  client: { settings },
  confirmation,
}: Pick<GrantRequest, 'client' | 'confirmation'>):
  | { readonly confirmation: Confirmation | undefined }
  | undefined {
  if (!settings.grantTypes.includes('refresh_token')) return undefined
  return { confirmation: isPublic(settings) ? confirmation : undefined }
}
