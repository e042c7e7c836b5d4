/** What does one access token cost? Client credentials → ES256 JWT, against a bare handler and oidc-provider. */
import { compareHttp } from './lib/http.ts'
import { report } from './lib/report.ts'

const BASE = 'bare node:http, signing on the pool'

const rows = await compareHttp(
  [
    { name: BASE, file: 'token-floor', args: ['pool'] },
    { name: 'bare node:http, signing inline', file: 'token-floor', args: ['sync'] },
    { name: 'countersign (SQLite)', file: 'token-countersign', args: [] },
    { name: 'oidc-provider (in memory)', file: 'token-oidc-provider', args: [] },
  ],
  BASE,
  ({ authorization = '', path = '/oauth/token' }) => ({
    path,
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=orders%3Aread',
  }),
)

report('client-credentials', [
  { title: 'Client credentials → ES256 JWT (CPU of the server per request)', base: BASE, rows },
])
