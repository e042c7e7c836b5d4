/** What must not pass for the word of a trusted issuer: one change each to an assertion that is good. */

/** A change to a good assertion; a claim of null is taken away. */
export interface AssertedChange {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly typ?: string
  /** `foreign`: another key under the same `kid`. `none`: unsigned. `public`: HMAC by the public key. */
  readonly signature?: 'foreign' | 'none' | 'public'
}

/** One change; times are seconds from now. */
export interface AssertedAttack {
  readonly title: string
  readonly change: (now: number) => AssertedChange
  /** Only where it is used as a grant: a subject of an exchange may live longer, and is not used up. */
  readonly bearerOnly?: true
}

const claims = (changed: AssertedChange['claims'] = {}): AssertedAttack['change'] => {
  const change = { claims: changed }
  return () => change
}

/** Against RFC 7523 §3. */
export const ASSERTED_ATTACKS: readonly AssertedAttack[] = [
  { title: 'no signature', change: () => ({ signature: 'none' }) },
  { title: 'another key under its kid', change: () => ({ signature: 'foreign' }) },
  { title: 'an HMAC by its public key', change: () => ({ signature: 'public' }) },
  { title: 'an access token of the issuer', change: () => ({ typ: 'at+jwt' }) },
  { title: 'another issuer', change: claims({ iss: 'https://evil.example.com' }) },
  { title: 'no issuer', change: claims({ iss: null }) },
  { title: 'an issuer with a slash more', change: claims({ iss: 'https://idp.example.com/' }) },
  { title: 'no subject', change: claims({ sub: null }) },
  { title: 'an empty subject', change: claims({ sub: '' }) },
  { title: 'for another authority', change: claims({ aud: 'https://other.example.com' }) },
  {
    title: 'for the token endpoint',
    change: claims({ aud: 'https://auth.example.com/oauth/token' }),
  },
  { title: 'for two audiences', change: claims({ aud: ['https://auth.example.com', 'x'] }) },
  { title: 'for us in a list (SR-033)', change: claims({ aud: ['https://auth.example.com'] }) },
  { title: 'no audience', change: claims({ aud: null }) },
  { title: 'expired', change: (now) => ({ claims: { exp: now - 11 } }) },
  { title: 'no expiry', change: claims({ exp: null }) },
  { title: 'of the future', change: (now) => ({ claims: { iat: now + 60, exp: now + 120 } }) },
  { title: 'not yet', change: (now) => ({ claims: { nbf: now + 60 } }) },
  { title: 'bound to a key that nobody proves', change: claims({ cnf: { jkt: 'x'.repeat(43) } }) },
  { title: 'an actor, who would be lost', change: claims({ act: { sub: 'agent' } }) },
  { title: 'somebody who is not here', change: claims({ email: 'mallory' }) },
  { title: 'nobody by name', change: claims({ email: null }) },
  {
    title: 'for longer than ten minutes',
    change: (now) => ({ claims: { exp: now + 611 } }),
    bearerOnly: true,
  },
  { title: 'no jti', change: claims({ jti: null }), bearerOnly: true },
  { title: 'a jti that is too long', change: claims({ jti: 'x'.repeat(257) }), bearerOnly: true },
  { title: 'for another client', change: claims({ client_id: 'cli_other' }), bearerOnly: true },
  {
    title: 'an identity assertion grant that names no client',
    change: () => ({ typ: 'oauth-id-jag+jwt' }),
    bearerOnly: true,
  },
]
