/** Tokens that are no hand-off: one change each to one that is good. Times are relative to now. */

/** A change to a good token. */
export interface HandOffAttack {
  readonly title: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Seconds that `iat` and `exp` are moved by. */
  readonly moved?: number
  readonly key?: 'stranger'
}

/** Nobody is signed in by any of these. */
export const HAND_OFF_ATTACKS: readonly HandOffAttack[] = [
  { title: 'another key', key: 'stranger' },
  { title: 'another issuer', claims: { iss: 'https://evil.example' } },
  { title: 'another audience', claims: { aud: 'https://other.example' } },
  { title: 'two audiences', claims: { aud: ['https://auth.example.com', 'https://b.example'] } },
  { title: 'an ID token', header: { typ: 'JWT' } },
  { title: 'an access token', header: { typ: 'at+jwt' } },
  { title: 'no type', header: { typ: undefined } },
  { title: 'no interaction', claims: { interaction: undefined } },
  { title: 'an interaction that is none', claims: { interaction: 'cs_ix_x' } },
  { title: 'no subject', claims: { sub: undefined } },
  { title: 'an empty subject', claims: { sub: '' } },
  { title: 'no jti', claims: { jti: undefined } },
  { title: 'a life of more than a minute', claims: { exp: 1_790_000_000 + 120 } },
  { title: 'one that is over', moved: -120 },
  { title: 'one from the future', moved: 120 },
  { title: 'a proof after the token', claims: { auth_time: 1_790_000_000 + 30 } },
]
