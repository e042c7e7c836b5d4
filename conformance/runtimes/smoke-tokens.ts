import type { Method } from 'countersign'
import { jwt, staticKeySet } from 'countersign/jwt'
import {
  generateSigningJwk,
  importSigningKey,
  signJwt,
  type SigningKey,
} from 'countersign/jwt/sign'
import type { Scene } from './scene.ts'

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'https://api.example'

const claims = (
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => {
  const iat = Math.floor(Date.now() / 1000)
  const who = { iss: ISSUER, aud: AUDIENCE, sub: 'usr_1', client_id: 'app', scope: 'orders:read' }
  return { ...who, iat, exp: iat + 600, jti: crypto.randomUUID(), ...more }
}

/** Bearer JWTs of a test issuer, ES256: good ones, and what must not pass. */
export async function tokenScenes(): Promise<{ method: Method; scenes: readonly Scene[] }> {
  const jwk = await generateSigningJwk('ES256', 'k1')
  const { d: _, ...published } = jwk
  const key = await importSigningKey({ jwk })
  const stranger = await importSigningKey({ jwk: await generateSigningJwk('ES256', 'k1') })
  const good = await signJwt(claims(), key)
  const [header = '', payload = '', signature = ''] = good.split('.')
  const make = async (
    more: Readonly<Record<string, unknown>>,
    by: SigningKey = key,
  ): Promise<string> => signJwt(claims(more), by)
  return {
    method: jwt({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      keys: staticKeySet([{ jwk: published }]),
    }),
    scenes: [
      bearer('a good token', good, 200),
      bearer('a good token, seen before', good, 200),
      bearer('a token without the scope', await make({ scope: 'orders:write' }), 403),
      bearer('an expired token', await make({ exp: 1 }), 401),
      bearer('a token for another API', await make({ aud: `${AUDIENCE}.evil` }), 401),
      bearer('a token of another issuer', await make({ iss: `${ISSUER}.evil` }), 401),
      bearer('a token signed by a stranger', await make({}, stranger), 401),
      bearer('a token without its signature', `${header}.${payload}.`, 401),
      bearer('alg none', `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`, 401),
      bearer('a padded token', `${good}=`, 401),
      bearer('zeros for a signature', `${header}.${payload}.${'A'.repeat(86)}`, 401),
      bearer('another payload', `${header}.${encode(claims({ sub: 'root' }))}.${signature}`, 401),
      bearer('another kind of token', await signJwt(claims(), key, { typ: 'JWT' }), 401),
    ],
  }
}

const bearer = (name: string, token: string, status: Scene['status']): Scene => ({
  name,
  headers: { authorization: `Bearer ${token}` },
  status,
})

const encode = (value: unknown): string =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
