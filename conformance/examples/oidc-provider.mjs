/**
 * Another server for the runner: oidc-provider, which the benchmarks install, with its development
 * pages. Writes the description that `--client` wants, prints the command, and serves until it ends.
 *
 *     npm ci --prefix benchmarks && node conformance/examples/oidc-provider.mjs fapi2
 */
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'

const [profile = 'oauth21', port = '4391'] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const isStrict = profile === 'fapi2'
const { Provider } = createRequire(new URL('../../benchmarks/', import.meta.url))('oidc-provider')

const keyOf = async (alg, kid) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid }
}
const publicOf = ({ kty, kid, crv, x, y, n, e }) => ({ kty, kid, crv, x, y, n, e })

async function client(id) {
  const jwk = await keyOf('ES256', 'ec')
  const rsa = await keyOf('PS256', 'rsa')
  const described = {
    client_id: id,
    token_endpoint_auth_method: isStrict ? 'private_key_jwt' : 'client_secret_basic',
    redirect_uri: 'https://app.example.com/cb',
    scope: 'openid offline_access',
    dpop: isStrict,
    jwk,
    rsa_jwk: rsa,
    ...(isStrict ? {} : { client_secret: `secret-of-${id}-which-is-long-enough` }),
  }
  const registered = {
    client_id: id,
    token_endpoint_auth_method: described.token_endpoint_auth_method,
    redirect_uris: [described.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
    dpop_bound_access_tokens: isStrict,
    jwks: { keys: [publicOf(jwk), publicOf(rsa)] },
    ...(isStrict ? {} : { client_secret: described.client_secret }),
  }
  return { described, registered }
}

const [one, two] = [await client('one'), await client('two')]
const strong = ['ES256', 'PS256', 'Ed25519']
const provider = new Provider(issuer, {
  clients: [one.registered, two.registered],
  jwks: { keys: [await keyOf('ES256', 'server')] },
  responseTypes: ['code'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'profile'],
  claims: { openid: ['sub'], profile: ['name'] },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => !isStrict,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Alice' }) }),
  features: {
    devInteractions: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: isStrict },
    dPoP: { enabled: true },
    requestObjects: { enabled: true },
    claimsParameter: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    registration: { enabled: true },
    ...(isStrict ? { fapi: { enabled: true, profile: '2.0' } } : {}),
  },
  ...(isStrict
    ? {
        enabledJWA: {
          clientAuthSigningAlgValues: strong,
          requestObjectSigningAlgValues: strong,
          dPoPSigningAlgValues: strong,
          idTokenSigningAlgValues: ['ES256'],
        },
        clientAuthMethods: ['private_key_jwt'],
      }
    : {}),
})
provider.listen(Number(port), '127.0.0.1', async () => {
  const file = join(tmpdir(), `conformance-oidc-provider-${profile}.json`)
  const login = { username: 'alice', password: 'anything' }
  const description = { client: one.described, other: two.described, login }
  await writeFile(file, JSON.stringify(description, null, 2), { mode: 0o600 })
  process.stdout.write(
    `npm run conformance -- --issuer ${issuer} --profile ${profile} --client ${file}\n`,
  )
})
