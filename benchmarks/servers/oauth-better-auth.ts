/** better-auth's OAuth provider on a SQLite file: `oauth-better-auth.ts [reuse interval in seconds]`. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { originOf } from './listening.ts'
import {
  API,
  basic,
  databaseFile,
  DURABILITY,
  offer,
  pkcePair,
  REDIRECT_URI,
  SECRET,
  type SeededCode,
} from './oauth-target.ts'

const reuseSeconds = Number(process.argv[2] ?? 0)
const file = databaseFile()
const database = new DatabaseSync(file)
database.exec(DURABILITY)
const auth = betterAuth({
  database,
  secret: 'benchmark-secret-of-enough-length-0123456789',
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false },
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['openid', 'offline_access', 'orders:read'],
      accessTokenExpiresIn: 900,
      m2mAccessTokenExpiresIn: 900,
      refreshTokenExpiresIn: 86_400,
      refreshTokenReuseInterval: reuseSeconds,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
})
const { runMigrations } = await getMigrations(auth.options)
await runMigrations()
const { adapter, internalAdapter } = await auth.$context
/** As the plugin stores secrets and codes by default. */
const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url')

async function addClient(clientId: string, grantTypes: readonly string[]): Promise<void> {
  const isApp = clientId === 'app'
  await adapter.create({
    model: 'oauthClient',
    data: {
      clientId,
      clientSecret: hashed(SECRET),
      tokenEndpointAuthMethod: 'client_secret_basic',
      grantTypes,
      responseTypes: isApp ? ['code'] : [],
      redirectUris: isApp ? [REDIRECT_URI] : [],
      scopes: isApp ? ['orders:read', 'offline_access'] : ['orders:read'],
      clientCredentialsScopes: isApp ? [] : ['orders:read'],
      requirePKCE: true,
      createdAt: new Date(),
      updatedAt: new Date(),
    },
  })
}

await addClient('jwt', ['client_credentials'])
await addClient('opaque', ['client_credentials'])
await addClient('app', ['authorization_code', 'refresh_token'])
const { user } = await auth.api.signUpEmail({
  body: { email: 'alice@example.com', password: 'correct horse battery', name: 'Alice' },
})

async function codes(count: number): Promise<readonly SeededCode[]> {
  const given: SeededCode[] = []
  const session = await internalAdapter.createSession(user.id)
  for (let made = 0; made < count; made += 1) {
    const { verifier, challenge } = pkcePair()
    const code = randomBytes(16).toString('hex')
    const query = {
      response_type: 'code',
      client_id: 'app',
      redirect_uri: REDIRECT_URI,
      scope: 'orders:read offline_access',
      state: 'state',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    await internalAdapter.createVerificationValue({
      identifier: hashed(code),
      expiresAt: new Date(Date.now() + 600_000),
      value: JSON.stringify({
        type: 'authorization_code',
        query,
        userId: user.id,
        sessionId: session.id,
        authTime: Date.now(),
      }),
    })
    given.push({ code, verifier })
  }
  return given
}

// What an operator makes before a client may ask for a token for an API.
const at = { createdAt: new Date(), updatedAt: new Date() }
await adapter.create({
  model: 'oauthResource',
  data: { identifier: API, name: API, disabled: false, policyVersion: 1, ...at },
})
await adapter.create({
  model: 'oauthClientResource',
  data: { clientId: 'jwt', resourceId: API, createdAt: new Date() },
})

const handler = toNodeHandler(auth)
const server = createServer((request, response) => void handler(request, response))
const origin = await originOf(server.listen(0, '127.0.0.1'))
const clients = {
  jwt: basic('jwt', SECRET),
  opaque: basic('opaque', SECRET),
  app: basic('app', SECRET),
}
offer({
  origin,
  tokenPath: '/api/auth/oauth2/token',
  introspectionPath: '/api/auth/oauth2/introspect',
  ...clients,
  jwtForm: `&resource=${encodeURIComponent(API)}`,
  redirectUri: REDIRECT_URI,
  file,
  codes,
})
