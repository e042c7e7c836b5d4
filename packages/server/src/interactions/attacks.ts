/** What must not pass for a form of our pages: one change each to a form that is good. */

/** A change to a good form of the sign-in or the consent page. */
export interface FormAttack {
  readonly title: string
  /** Fields that are replaced; null takes one away. */
  readonly fields?: Readonly<Record<string, string | null>>
  readonly headers?: Readonly<Record<string, string>>
  /** The `Cookie` of the request, from what the browser has. */
  readonly cookie?: (own: string, browser: CookieNames) => string | undefined
  readonly status: 400 | 403
}

/** The cookies that matter. */
export interface CookieNames {
  readonly session: string
  readonly browser: string
}

const OTHER = 'A'.repeat(43)

/** Both pages refuse all of these, and nobody is signed in or has agreed after. */
export const FORM_ATTACKS: readonly FormAttack[] = [
  { title: 'no token (CSRF)', fields: { csrf: null }, status: 403 },
  { title: 'an empty token', fields: { csrf: '' }, status: 403 },
  { title: 'a token of the same length', fields: { csrf: OTHER }, status: 403 },
  {
    title: 'a form of another site',
    headers: { 'sec-fetch-site': 'cross-site' },
    status: 403,
  },
  {
    title: 'a form of a neighbour on the same site',
    headers: { 'sec-fetch-site': 'same-site' },
    status: 403,
  },
  {
    title: 'two answers to where it comes from',
    headers: { 'sec-fetch-site': 'same-origin, cross-site' },
    status: 403,
  },
  { title: 'JSON', headers: { 'content-type': 'application/json' }, status: 403 },
  {
    title: 'text, as a form without preflight',
    headers: { 'content-type': 'text/plain' },
    status: 403,
  },
  { title: 'no interaction', fields: { id: null }, status: 400 },
  { title: 'an interaction that is none', fields: { id: 'cs_ix_x' }, status: 400 },
  {
    title: 'a code in the place of an interaction',
    fields: { id: `cs_ac_${'0'.repeat(12)}_${'0'.repeat(38)}` },
    status: 400,
  },
  {
    title: 'no cookie of the browser',
    cookie: (own, { browser }) => without(own, browser),
    status: 403,
  },
  {
    title: 'the cookie of another browser',
    cookie: (own, { browser }) => `${without(own, browser) ?? ''}; ${browser}=${OTHER}`,
    status: 403,
  },
  {
    title: 'two cookies of the name (tossing), the planted one first',
    cookie: (own, { browser }) => `${browser}=${OTHER}; ${own}`,
    status: 403,
  },
  {
    title: 'two cookies of the name, the planted one last',
    cookie: (own, { browser }) => `${own}; ${browser}=${OTHER}`,
    status: 403,
  },
]

/** Agreeing, without being the one who is asked; the page goes back to what is missing. */
export const CONSENT_ATTACKS: readonly FormAttack[] = [
  { title: 'a decision that is none', fields: { decision: 'maybe' }, status: 403 },
]

/** A `Cookie` without one name. */
function without(header: string, name: string): string | undefined {
  const rest = header.split('; ').filter((pair) => !pair.startsWith(`${name}=`))
  return rest.length === 0 ? undefined : rest.join('; ')
}
