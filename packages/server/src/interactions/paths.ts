import type { Tenant } from '../tenants/directory.ts'

/** Where the pages are, below the base of a tenant. */
export const PAGE_PATHS = {
  authorize: '/oauth/authorize',
  interaction: '/oauth/interaction',
  device: '/device',
  handOff: '/oauth/hand-off',
  provider: '/oauth/provider',
  providerCallback: '/oauth/provider/callback',
  signOut: '/oauth/sign-out',
  account: '/account',
} as const

/** A path of a tenant as a browser asks for it: with the path of the issuer before it. */
export const pathOf = ({ issuer }: Tenant, page: keyof typeof PAGE_PATHS): string =>
  new URL(issuer).pathname.replace(/\/$/, '') + PAGE_PATHS[page]
