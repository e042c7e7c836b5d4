/** The token, keys and names that every JWT contender gets: the same for all. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'

/** What the tokens say. */
export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://api.example'

/** A key pair for an algorithm. For HS* both are the same secret. */
export interface Keys {
  readonly sign: KeyObject | Uint8Array
  readonly verify: KeyObject | Uint8Array
}

/** Makes keys for one of the algorithms the benchmarks compare. */
export function keysFor(algorithm: string): Keys {
  if (algorithm.startsWith('HS')) {
    const secret = new Uint8Array(32).fill(7)
    return { sign: secret, verify: secret }
  }
  const { privateKey, publicKey } = pair(algorithm)
  return { sign: privateKey, verify: publicKey }
}

function pair(algorithm: string): {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
} {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** Signs one RFC 9068 access token; `serial` makes it another one, `typ` one for older libraries. */
export function mintToken(
  algorithm: string,
  keys: Keys,
  { serial = 0, typ = 'at+jwt' }: { readonly serial?: number; readonly typ?: string } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    scope: 'orders:read orders:write',
    client_id: 'client-1',
    tenant: 'default',
  })
    .setProtectedHeader({ alg: algorithm, typ, kid: 'k1' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('user-1')
    .setIssuedAt(now)
    .setExpirationTime(now + 3600)
    .setJti(`token-${serial}`)
    .sign(keys.sign)
}
