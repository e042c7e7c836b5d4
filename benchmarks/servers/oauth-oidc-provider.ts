/** oidc-provider on a SQLite file, rotating every refresh token: `oauth-oidc-provider.ts [delay]`. */
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { sqliteAdapter } from '../lib/oidc-adapter.ts'
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

const delayMs = Number(process.argv[2] ?? 0)
const file = databaseFile()
const database = new DatabaseSync(file)
database.exec(DURABILITY)
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
const scope = 'orders:read offline_access'

const machine = (id: string) => ({
  client_id: id,
  client_secret: SECRET,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256' as const,
})
const format = (id: string) => (id === 'jwt' ? ('jwt' as const) : ('opaque' as const))

const provider = new Provider('http://127.0.0.1', {
  adapter: sqliteAdapter(database, delayMs > 0 ? () => sleep(delayMs) : undefined),
  jwks: { keys: [jwk] },
  rotateRefreshToken: true,
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  ttl: { AccessToken: 900, ClientCredentials: 900, RefreshToken: 86_400, Grant: 86_400 },
  clients: [
    machine('jwt'),
    machine('opaque'),
    {
      ...machine('app'),
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [REDIRECT_URI],
      response_types: ['code'],
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      getResourceServerInfo: (_context, _resource, client) => ({
        scope: 'orders:read',
        audience: API,
        accessTokenFormat: format(client.clientId),
        accessTokenTTL: 900,
        jwt: { sign: { alg: 'ES256' as const } },
      }),
      useGrantedResource: () => true,
    },
  },
})

async function codes(count: number): Promise<readonly SeededCode[]> {
  const client = await provider.Client.find('app')
  if (client === undefined) throw new Error('no client')
  const given: SeededCode[] = []
  for (let made = 0; made < count; made += 1) {
    const grant = new provider.Grant({ accountId: 'alice', clientId: 'app' })
    grant.addResourceScope(API, 'orders:read')
    grant.addOIDCScope('offline_access')
    const { verifier, challenge } = pkcePair()
    const code = new provider.AuthorizationCode({
      accountId: 'alice',
      client,
      grantId: await grant.save(),
      scope,
      resource: API,
      redirectUri: REDIRECT_URI,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      authTime: Math.floor(Date.now() / 1000),
    })
    given.push({ code: await code.save(), verifier })
  }
  return given
}

const origin = await originOf(provider.listen(0, '127.0.0.1'))
const clients = {
  jwt: basic('jwt', SECRET),
  opaque: basic('opaque', SECRET),
  app: basic('app', SECRET),
}
const paths = { tokenPath: '/token', introspectionPath: '/token/introspection' }
offer({ origin, ...paths, ...clients, redirectUri: REDIRECT_URI, file, codes })
