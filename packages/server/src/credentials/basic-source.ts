import type { BasicSource } from 'countersign/basic'
import { secondsOf, type RegistryContext } from './audited.ts'
import { verifyPassword, type AuthenticatedUser } from './users.ts'

/**
 * Passwords of one tenant's users, for the library's `basic`: a user name means nothing without its
 * tenant. Unknown user, wrong password and revoked user are one answer after the same work.
 */
export function basicSource(
  ctx: Pick<RegistryContext, 'store' | 'clock'>,
  tenant: string,
): BasicSource {
  return {
    verify: async (credentials) => {
      // Before the look-up: what is committed during it is newer than this, and ends the lease.
      const asOf = secondsOf(ctx)
      const proven = await verifyPassword(ctx, { ...credentials, tenant })
      if (proven === undefined) return { outcome: 'rejected' }
      return { outcome: 'accepted', principal: principalOf(proven, asOf), asOf }
    },
  }
}

const principalOf = ({ user, credentialId }: AuthenticatedUser, now: number) =>
  ({
    type: 'user',
    id: user.id,
    tenant: user.tenant,
    method: 'basic',
    credentialId,
    scopes: user.scopes,
    claims: user.metadata,
    authenticatedAt: now,
  }) as const
