/** What must not pass for a signed request: one change each to a request object that is good. */

/** A change to a request object. Claims and headers that are null are taken away. */
export interface RequestObjectAttack {
  /** With the name of the module of the OpenID Foundation's suite, where there is one. */
  readonly title: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Signed by this instead of the client's key. */
  readonly signer?: 'another-client' | 'nobody' | 'broken' | 'hmac-of-public-key'
  readonly error?: string
}

/**
 * The attacks, against an object whose times are these.
 *
 * @param now - Seconds since the epoch.
 * @param others - The id of another client, and its issuer.
 */
export const requestObjectAttacks = (
  now: number,
  { clientId }: { readonly clientId: string },
): readonly RequestObjectAttack[] => [
  { title: 'ensure-signed-request-object-with-expired-exp-fails', claims: { exp: now - 60 } },
  { title: 'ensure-request-object-without-exp-fails', claims: { exp: null } },
  { title: 'ensure-request-object-without-nbf-fails', claims: { nbf: null } },
  {
    title: 'ensure-request-object-with-exp-over-60-fails',
    claims: { exp: now + 4200 },
  },
  {
    title: 'ensure-request-object-with-nbf-over-60-fails',
    claims: { nbf: now - 4200, exp: now - 4200 + 3600 + 4000 },
  },
  {
    title: 'an hour between nbf and exp, more than an hour ago',
    claims: { nbf: now - 4200, exp: now + 60 },
  },
  { title: 'a time to come', claims: { nbf: now + 120 } },
  { title: 'ensure-request-object-with-invalid-aud', claims: { aud: 'https://other.example' } },
  { title: 'no audience', claims: { aud: null } },
  { title: 'the issuer with a slash', claims: { aud: 'https://auth.example.com/' } },
  { title: 'another issuer', claims: { iss: clientId } },
  { title: 'ensure-matching-client-id', claims: { client_id: clientId } },
  { title: 'no client_id', claims: { client_id: null } },
  { title: 'ensure-request-object-signature-algorithm-is-not-none', signer: 'nobody' },
  { title: 'ensure-signed-request-object-with-invalid-signature-fails', signer: 'broken' },
  { title: 'ensure-registered-client-key-is-used', signer: 'another-client' },
  { title: 'a MAC with the public key', signer: 'hmac-of-public-key' },
  { title: 'ensure-request-object-with-nested-request', claims: { request: 'x.y.z' } },
  {
    title: 'ensure-request-object-with-nested-request-uri',
    claims: { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
  },
  { title: 'the type of an access token', header: { typ: 'at+jwt' } },
  { title: 'a crit header nobody knows', header: { crit: ['x'], x: 1 } },
  { title: 'a list where a text should be', claims: { scope: ['openid'] } },
  { title: 'a state that is an object', claims: { state: { a: 1 } } },
  { title: 'resources that are numbers', claims: { resource: [1] } },
  {
    title: 'ensure-redirect-uri-in-request-object',
    claims: { redirect_uri: 'https://evil.example/cb' },
    error: 'invalid_redirect_uri',
  },
  { title: 'plain, signed', claims: { code_challenge_method: 'plain' }, error: 'invalid_request' },
]
