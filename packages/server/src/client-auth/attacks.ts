/**
 * What must not prove a client: one change each to an assertion that is good. Modules of the OpenID
 * conformance suite (FAPI 2.0) are named where an attack is theirs.
 */

/** What assertions are about. */
export interface AssertionMaterial {
  readonly clientId: string
  readonly otherClientId: string
  /** Of the authority. */
  readonly issuer: string
  /** Seconds since the epoch. */
  readonly now: number
}

type Members = Readonly<Record<string, unknown>>

/** A change to an assertion; members replace, or (as undefined) remove, those of a good one. */
export interface AssertionChange {
  readonly header?: Members
  readonly claims?: Members
  /**
   * Who signs: `own` the client's key; `other-client` one that is registered for another client;
   * `stranger` one that nobody registered; `public-as-secret` an HMAC with the client's public key;
   * `nobody` leaves the signature empty. @defaultValue `own`
   */
  readonly signer?: 'own' | 'other-client' | 'stranger' | 'public-as-secret' | 'nobody'
  /** Parameters of the form; null takes one away. */
  readonly form?: Readonly<Record<string, string | null>>
}

/** One attack. */
export interface AssertionAttack {
  readonly title: string
  readonly change: (material: AssertionMaterial) => AssertionChange
  /** @defaultValue `invalid_client` */
  readonly error?: 'invalid_request' | 'invalid_client'
}

const claims =
  (make: (material: AssertionMaterial) => Members): AssertionAttack['change'] =>
  (material) => ({ claims: make(material) })

const form = (change: NonNullable<AssertionChange['form']>): AssertionAttack['change'] => {
  const changed = { form: change }
  return () => changed
}

/** Against `private_key_jwt`, under every profile. */
export const ASSERTION_ATTACKS: readonly AssertionAttack[] = [
  {
    title: 'expired five minutes ago (ensure-client-assertion-with-exp-5-minutes-in-past-fails)',
    change: claims(({ now }) => ({ iat: now - 600, exp: now - 300 })),
  },
  { title: 'no exp', change: claims(() => ({ exp: undefined })) },
  { title: 'an exp for ever', change: claims(({ now }) => ({ exp: now + 86_400 })) },
  { title: 'an exp that is no number', change: claims(({ now }) => ({ exp: `${now + 60}` })) },
  {
    title: 'no sub (ensure-client-assertion-with-no-sub-fails)',
    change: ({ clientId }) => ({ claims: { sub: undefined }, form: { client_id: clientId } }),
  },
  {
    title: 'another client as sub',
    change: claims(({ otherClientId }) => ({ sub: otherClientId })),
  },
  { title: 'no iss', change: claims(() => ({ iss: undefined })) },
  {
    title: 'another client as iss',
    change: claims(({ otherClientId }) => ({ iss: otherClientId })),
  },
  { title: 'no aud', change: claims(() => ({ aud: undefined })) },
  {
    title: 'another audience (ensure-client-assertion-with-wrong-aud-fails)',
    change: claims(() => ({ aud: 'https://other.example.com' })),
  },
  {
    title: 'the issuer with a slash as audience',
    change: claims(({ issuer }) => ({ aud: `${issuer}/` })),
  },
  { title: 'itself as audience', change: claims(({ clientId }) => ({ aud: clientId })) },
  {
    title:
      'iat more than a minute ahead (ensure-client-assertion-with-iat-is-over-60-seconds-in-future-fails)',
    change: claims(({ now }) => ({ iat: now + 65, exp: now + 120 })),
  },
  {
    title:
      'nbf more than a minute ahead (ensure-client-assertion-with-nbf-is-over-60-seconds-in-future-fails)',
    change: claims(({ now }) => ({ nbf: now + 65, exp: now + 120 })),
  },
  { title: 'no jti', change: claims(() => ({ jti: undefined })) },
  { title: 'an empty jti', change: claims(() => ({ jti: '' })) },
  { title: 'a jti without end', change: claims(() => ({ jti: 'x'.repeat(300) })) },
  {
    title: 'no algorithm (ensure-signed-client-assertion-with-alg-none-fails)',
    change: () => ({ header: { alg: 'none' }, signer: 'nobody' }),
  },
  { title: 'no signature', change: () => ({ signer: 'nobody' }) },
  {
    title: 'the public key as an HMAC secret',
    change: () => ({ header: { alg: 'HS256' }, signer: 'public-as-secret' }),
  },
  {
    title: "another client's key (ensure-client-assertion-signed-by-another-client-fails)",
    change: () => ({ signer: 'other-client' }),
  },
  { title: "a stranger's key", change: () => ({ signer: 'stranger' }) },
  {
    title: "a stranger's key, shown in the header",
    change: () => ({ signer: 'stranger', header: { jku: 'https://evil.example/jwks' } }),
  },
  { title: 'a kid that nobody registered', change: () => ({ header: { kid: 'other' } }) },
  { title: 'an access token by its type', change: () => ({ header: { typ: 'at+jwt' } }) },
  { title: 'a DPoP proof by its type', change: () => ({ header: { typ: 'dpop+jwt' } }) },
  {
    title: 'a header that must be understood',
    change: () => ({ header: { crit: ['b64'], b64: false } }),
  },
  {
    title: 'another type of assertion',
    change: form({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    }),
    error: 'invalid_request',
  },
  {
    title: 'no type of assertion',
    change: form({ client_assertion_type: null }),
    error: 'invalid_request',
  },
  {
    title: 'a type and no assertion',
    change: form({ client_assertion: null }),
    error: 'invalid_request',
  },
  { title: 'an empty assertion', change: form({ client_assertion: '' }), error: 'invalid_request' },
  { title: 'no JWT', change: form({ client_assertion: 'x.y.z' }) },
  {
    title: 'the id of another client beside it',
    change: ({ otherClientId }) => ({ form: { client_id: otherClientId } }),
    error: 'invalid_request',
  },
  {
    title: 'a secret beside it (SR-031)',
    change: form({ client_secret: 'cs_cs_x' }),
    error: 'invalid_request',
  },
]

/** Against the audience, where the profile takes the issuer alone (SR-033). */
export const AUDIENCE_ATTACKS: readonly AssertionAttack[] = [
  {
    title: 'the token endpoint as audience (ensure-client-assertion-with-token-endpoint-aud-fails)',
    change: claims(({ issuer }) => ({ aud: `${issuer}/oauth/token` })),
  },
  {
    title: 'the PAR endpoint as audience (par-endpoint-as-audience-for-client-assertion-fails)',
    change: claims(({ issuer }) => ({ aud: `${issuer}/oauth/par` })),
  },
  {
    title: 'a list with the issuer in it (array-as-audience-for-client-assertion-fails)',
    change: claims(({ issuer }) => ({ aud: [issuer] })),
  },
  {
    title: 'a list of the issuer and another',
    change: claims(({ issuer }) => ({ aud: [issuer, 'https://other.example.com'] })),
  },
]
