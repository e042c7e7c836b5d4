import { hash } from 'node:crypto'
import { assertFresh, LeaseCache, type MaybePromise, type Revocations } from 'countersign'
import type { Tenant } from '../tenants/directory.ts'
import type { KnownToken, ReaderContext } from './known-token.ts'
import { readJwt, type JwtVerifier } from './jwt.ts'
import { isRefreshToken, readOpaque } from './opaque.ts'

/** Recognises tokens of this authority. */
export interface TokenReader {
  /**
   * The access or refresh token behind a text, or undefined for anything that was not issued by this tenant or was
   * revoked in the store. Expiry and the feed's revocations are for {@link isActive}.
   *
   * @param text - Attacker-controlled.
   */
  read(tenant: Tenant, text: string, now: number): MaybePromise<KnownToken | undefined>
}

/** Longer than any token of ours. */
const MAX_TOKEN_LENGTH = 8192

/** Makes the reader. What was proven once is leased until the feed names it or it expires. */
export function tokenReader(context: ReaderContext, jwts: JwtVerifier): TokenReader {
  const leases = new LeaseCache<KnownToken | undefined>({
    maxEntries: 50_000,
    maxStalenessSeconds: 10,
    negativeSeconds: 1,
    revocations: context.revocations,
  })
  return {
    read(tenant, text, now) {
      if (text.length > MAX_TOKEN_LENGTH) return undefined
      // Claiming one is no message on the feed: what a lease remembers of it would be old.
      if (isRefreshToken(text)) return readOpaque(context, tenant, text)
      const key = hash('sha256', `${tenant.id} ${text}`, 'base64url')
      return leases.get(key, now, async () => {
        const known = text.includes('.')
          ? await readJwt(jwts, tenant, text)
          : await readOpaque(context, tenant, text)
        if (known === undefined) return { value: undefined }
        return { value: known, facts: factsOf(known), expiresAt: known.expiresAt }
      })
    },
  }
}

const factsOf = ({ id, ...rest }: KnownToken): KnownToken & { readonly tokenId: string } => ({
  id,
  tokenId: id,
  ...rest,
})

/**
 * Reports whether a known token is good now: not expired, and named by no revocation.
 *
 * @throws `UnavailableError` while revocations cannot be known.
 */
export function isActive(known: KnownToken, revocations: Revocations, now: number): boolean {
  assertFresh(revocations, now)
  return known.expiresAt > now && revocations.find(factsOf(known)) === undefined
}
