/** What must not become a client: URLs that are none, and documents that do not say what they must. */

/** URLs that no document is fetched from (draft §3). */
export const URL_ATTACKS: readonly (readonly [title: string, url: string])[] = [
  ['plain http', 'http://app.example/client'],
  ['no path', 'https://app.example'],
  ['the root', 'https://app.example/'],
  ['a fragment', 'https://app.example/client#x'],
  ['an empty fragment', 'https://app.example/client#'],
  ['a user', 'https://user@app.example/client'],
  ['a password', 'https://user:pass@app.example/client'],
  ['a dot segment', 'https://app.example/./client'],
  ['a path that climbs', 'https://app.example/x/../client'],
  ['a path that climbs, escaped', 'https://app.example/x/%2e%2e/client'],
  ['capitals in the host', 'https://APP.example/client'],
  ['the usual port, written', 'https://app.example:443/client'],
  ['a backslash', 'https://app.example\\client'],
  ['a space', 'https://app.example/cli ent'],
  ['a line end', 'https://app.example/client\n'],
  ['a number for a host', 'https://2130706433/client'],
  ['an octal host', 'https://0177.0.0.1/client'],
  ['a letter beyond ASCII', 'https://äpp.example/client'],
  ['no host', 'https:///client'],
  ['a megabyte', `https://app.example/${'x'.repeat(1000)}`],
]

/** URLs whose hosts are not of the public internet (SR-056): refused before anything is connected to. */
export const PRIVATE_URLS: readonly string[] = [
  'https://127.0.0.1/client',
  'https://10.0.0.1/client',
  'https://192.168.1.1/client',
  'https://169.254.169.254/latest/meta-data',
  'https://100.64.0.1/client',
  'https://[::1]/client',
  'https://[fd00::1]/client',
  'https://[fe80::1]/client',
  'https://[::ffff:7f00:1]/client',
  'https://[64:ff9b::a00:1]/client',
  'https://localhost/client',
  'https://db.internal/client',
  'https://printer.local/client',
  'https://metadata.google.internal/client',
]

/** Changes to a good document; null takes a member away. */
export const DOCUMENT_ATTACKS: readonly (readonly [
  title: string,
  change: Readonly<Record<string, unknown>>,
])[] = [
  ['another client_id', { client_id: 'https://evil.example/client' }],
  [
    'a client_id that only a parser takes for the same',
    { client_id: 'https://APP.example/client' },
  ],
  ['no client_id', { client_id: null }],
  ['no name', { client_name: null }],
  ['no redirect URIs', { redirect_uris: null }],
  ['an empty list of redirect URIs', { redirect_uris: [] }],
  ['a redirect URI over http', { redirect_uris: ['http://app.example/cb'] }],
  ['a redirect URI that is a script', { redirect_uris: ['javascript:alert(1)'] }],
  ['a secret', { client_secret: 'x' }],
  ['the end of a secret', { client_secret_expires_at: 0 }],
  ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }],
  ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }],
  ['a certificate', { token_endpoint_auth_method: 'tls_client_auth' }],
  ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }],
  ['keys and where they are', { jwks: { keys: [] }, jwks_uri: 'https://app.example/keys' }],
  ['keys that are a secret', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
  ['only client credentials', { grant_types: ['client_credentials'] }],
  ['a name of two lines', { client_name: 'Bank\nApp' }],
  ['a name that turns what follows around', { client_name: 'App \u202ekcatta' }],
  ['a name without an end', { client_name: 'x'.repeat(101) }],
  ['a name that is no text', { client_name: { en: 'App' } }],
]
