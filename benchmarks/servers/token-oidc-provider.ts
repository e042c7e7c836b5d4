/** oidc-provider issuing ES256 JWT access tokens for client credentials, as its documentation says. */
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { announce } from './announce.ts'

const secret = 'benchmark-secret-0123456789abcdef'
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
const resource = 'https://api.example'

const provider = new Provider('http://127.0.0.1', {
  jwks: { keys: [jwk] },
  clients: [
    {
      client_id: 'bench',
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({
        scope: 'orders:read',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 900,
        jwt: { sign: { alg: 'ES256' } },
      }),
      useGrantedResource: () => true,
    },
  },
})

announce(provider.listen(0, '127.0.0.1'), {
  authorization: `Basic ${Buffer.from(`bench:${secret}`).toString('base64')}`,
  path: '/token',
})
