/**
 * Bring your own login, by an OpenID provider: the sign-in page has a button, and people come back
 * with an ID token that was checked. At the provider, register the redirect URI
 * `<issuer>/oauth/provider/callback`.
 */
import { createAuthority, type Authority, type AuthorityOptions } from '@countersign/server'
import { Secret } from 'countersign'

/** What the provider gave us when we registered. */
export interface Registration {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** How requests to it are made; for tests. */
  readonly fetch?: (url: string, options: RequestInit) => Promise<Response>
}

/** An authority whose people sign in at the provider, and nowhere else. */
export function authorityOf(
  { issuer, clientId, clientSecret, ...more }: Registration,
  options: AuthorityOptions,
): Promise<Authority> {
  return createAuthority({
    ...options,
    signIn: {
      password: false,
      providers: [
        {
          id: 'company',
          name: 'Company account',
          issuer,
          clientId,
          clientSecret: new Secret(clientSecret),
          scope: 'openid profile',
          people: {
            create: { scopes: ['orders:read'] },
            // Whoever is not staff is refused; managers may write.
            mapUser: ({ groups }) => {
              if (!Array.isArray(groups) || !groups.includes('staff')) return undefined
              return { scopes: groups.includes('managers') ? ['orders:*'] : ['orders:read'] }
            },
          },
          ...more,
        },
      ],
    },
  })
}
