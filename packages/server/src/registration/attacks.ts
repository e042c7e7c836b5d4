/** What a stranger must not be able to register: changes to metadata that are good; null takes one away. */

/** A change to the metadata of a registration, and the error that it is answered with. */
export interface RegistrationAttack {
  readonly title: string
  readonly change: Readonly<Record<string, unknown>>
  readonly error: string
}

const metadata = (title: string, change: RegistrationAttack['change']): RegistrationAttack => ({
  title,
  change,
  error: 'invalid_client_metadata',
})

const redirect = (title: string, uris: unknown): RegistrationAttack => ({
  title,
  change: { redirect_uris: uris },
  error: 'invalid_redirect_uri',
})

/** The attacks (SR-053, SR-054). */
export const REGISTRATION_ATTACKS: readonly RegistrationAttack[] = [
  redirect('no redirect URI', null),
  redirect('an empty list of redirect URIs', []),
  redirect('http', ['http://app.example/cb']),
  redirect('http on a host that begins like loopback', ['http://127.0.0.1.evil.example/cb']),
  redirect('script', ['javascript:alert(1)']),
  redirect('data', ['data:text/html,x']),
  redirect('a scheme that anybody may have', ['myapp:/cb']),
  redirect('a wildcard', ['https://*.example/cb']),
  redirect('a fragment', ['https://app.example/cb#x']),
  redirect('a user', ['https://app.example@evil.example/cb']),
  redirect('a backslash', ['https://app.example\\evil/cb']),
  redirect('a good one and a bad one', ['https://app.example/cb', 'http://evil.example/cb']),
  {
    title: 'a sign-out address over http',
    change: { post_logout_redirect_uris: ['http://app.example/out'] },
    error: 'invalid_redirect_uri',
  },
  metadata('redirect URIs that are no list', { redirect_uris: 'https://app.example/cb' }),
  metadata('a redirect URI that is no text', { redirect_uris: [{}] }),
  metadata('more redirect URIs than anybody needs', {
    redirect_uris: Array.from({ length: 21 }, (_, n) => `https://app.example/${n}`),
  }),
  metadata('client credentials', { grant_types: ['client_credentials'] }),
  metadata('token exchange', { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }),
  metadata('the password grant', { grant_types: ['password'] }),
  metadata('implicit', { grant_types: ['implicit'], response_types: ['token'] }),
  metadata('hybrid', { response_types: ['code id_token'] }),
  metadata('refresh tokens alone', { grant_types: ['refresh_token'], response_types: [] }),
  metadata('a scope that is not offered', { scope: 'admin' }),
  metadata('a wider scope', { scope: 'orders:*' }),
  metadata('a management scope', { scope: 'countersign:*' }),
  metadata('every scope', { scope: '*' }),
  metadata('a name of two lines', { client_name: 'Bank\nApp' }),
  metadata('a name that turns around what follows', { client_name: 'App \u202eknaB' }),
  metadata('a name without an end', { client_name: 'x'.repeat(101) }),
  metadata('a name that is no text', { client_name: 7 }),
  metadata('a name that is empty', { client_name: '' }),
  metadata('an unknown mechanism', { token_endpoint_auth_method: 'client_secret_jwt' }),
  metadata('a certificate of a name', { token_endpoint_auth_method: 'tls_client_auth' }),
  metadata('private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }),
  metadata('keys and where they are', { jwks: { keys: [] }, jwks_uri: 'https://app.example/k' }),
  metadata('a key that is a secret', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }),
  metadata('keys over http', { jwks_uri: 'http://app.example/k' }),
  metadata('keys that are a text', { jwks: 'x' }),
  metadata('many keys', { jwks: { keys: Array.from({ length: 500 }, () => ({ kty: 'EC' })) } }),
  metadata('a flag that is a text', { dpop_bound_access_tokens: 'yes' }),
  metadata('signed requests without keys', { require_signed_request_object: true }),
  {
    title: 'a statement of somebody nobody trusts',
    change: { software_statement: 'eyJhbGciOiJub25lIn0.e30.' },
    error: 'unapproved_software_statement',
  },
]
