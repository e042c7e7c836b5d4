/** What must not turn a code or a refresh token into tokens: one change each to a request that is good. */

/** A change to the form of a token request; null takes a parameter away. */
export interface GrantAttack {
  readonly title: string
  readonly change: Readonly<Record<string, string | null>>
  readonly error: string
}

const OTHER_VERIFIER = 'x'.repeat(43)

/** Against `authorization_code`. */
export const CODE_ATTACKS: readonly GrantAttack[] = [
  { title: 'no code', change: { code: null }, error: 'invalid_request' },
  { title: 'an empty code', change: { code: '' }, error: 'invalid_request' },
  { title: 'a code of nobody', change: { code: 'cs_ac_x' }, error: 'invalid_grant' },
  { title: 'no verifier (SR-014)', change: { code_verifier: null }, error: 'invalid_request' },
  {
    title: 'another verifier (SR-013)',
    change: { code_verifier: OTHER_VERIFIER },
    error: 'invalid_grant',
  },
  {
    title: 'a verifier that is too short',
    change: { code_verifier: 'short' },
    error: 'invalid_grant',
  },
  {
    title: 'another redirect URI',
    change: { redirect_uri: 'https://app.example.com/cb/' },
    error: 'invalid_grant',
  },
  {
    title: 'a resource that was not granted',
    change: { resource: 'https://other.example.com' },
    error: 'invalid_target',
  },
]

/** Against `refresh_token`. */
export const REFRESH_ATTACKS: readonly GrantAttack[] = [
  { title: 'no token', change: { refresh_token: null }, error: 'invalid_request' },
  { title: 'a token of nobody', change: { refresh_token: 'cs_rt_x' }, error: 'invalid_grant' },
  {
    title: 'a wider scope than was granted (SR-024)',
    change: { scope: 'orders:read orders:write' },
    error: 'invalid_scope',
  },
  {
    title: 'a resource that was not granted (SR-024)',
    change: { resource: 'https://other.example.com' },
    error: 'invalid_target',
  },
]
