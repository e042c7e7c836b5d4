import { systemClock, toSeconds } from '../core/clock.ts'
import { randomId } from '../core/random.ts'
import { staticKeySet, type JwkSet, type KeySet } from '../jose/key-set.ts'
import { importSigningKey, type SigningKey } from '../jose/keys.ts'
import type { JwtIssuer } from '../methods/jwt/options.ts'
import { generateSigningJwk, signJwt } from '../methods/jwt/sign.ts'

/** What can be wrong with a token that was made to be refused. */
export type JwtFault =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'wrong-type'
  | 'wrong-key'
  | 'unknown-key'
  | 'tampered'
  | 'unsigned'

/** Which issuer a test wants. */
export interface TestIssuerOptions {
  /** @defaultValue `https://issuer.example.test` */
  readonly issuer?: string
  /** @defaultValue `https://api.example.test` */
  readonly audience?: string
  /** @defaultValue `ES256` */
  readonly algorithm?: string
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

type Claims = Readonly<Record<string, unknown>>

/** An issuer in memory: its keys are new each time, and nobody else has them. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly key: SigningKey
  readonly keys: KeySet
  /** What the issuer would publish; empty for HMAC. */
  readonly jwks: JwkSet
  /** Ready to be given to `jwt()`. */
  readonly options: JwtIssuer
  /** A good access token for five minutes; claims given replace or (as undefined) remove its own. */
  mint(claims?: Claims): Promise<string>
  /** A token that must be refused, for one reason only. */
  broken(fault: JwtFault, claims?: Claims): Promise<string>
}

/**
 * Makes an issuer for tests, with which a forged token can be tested as well as a good one.
 *
 * @example
 * ```ts
 * const issuer = await testIssuer()
 * const desk = guard({ methods: [jwt(issuer.options)] })
 * const headers = { authorization: `Bearer ${await issuer.mint({ scope: 'orders:read' })}` }
 * ```
 */
export async function testIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { issuer = 'https://issuer.example.test', audience = 'https://api.example.test' } = options
  const { algorithm = 'ES256', now = () => toSeconds(systemClock()) } = options
  const own = await newKey(algorithm)
  const foreign = await newKey(algorithm)
  const { key } = own
  const jwks = { keys: key.publicJwk === undefined ? [] : [key.publicJwk] }
  const keys = staticKeySet(key.publicJwk === undefined ? [{ jwk: own.jwk }] : jwks)
  const sign: Sign = async (claims, changes = {}) => {
    const times = { iat: now(), exp: now() + 300 }
    const who = { sub: 'usr_test', client_id: 'app_test', jti: randomId('tok') }
    const good = { iss: issuer, aud: audience, ...who, ...times }
    const { signWith = key, typ = 'at+jwt' } = changes
    return signJwt({ ...good, ...claims }, signWith, { typ })
  }
  return {
    issuer,
    audience,
    key,
    keys,
    jwks,
    options: { issuer, audience, algorithms: [algorithm], keys },
    mint: (claims = {}) => sign(claims),
    broken: (fault, claims = {}) =>
      FAULTS[fault]({ sign, now: now(), foreign: foreign.key, claims }),
  }
}

type Sign = (
  claims: Claims,
  changes?: { readonly signWith?: SigningKey; readonly typ?: string },
) => Promise<string>

/** What a fault is made of. */
interface Breaking {
  readonly sign: Sign
  readonly now: number
  readonly claims: Claims
  /** A key of the issuer's algorithm that is not the issuer's. */
  readonly foreign: SigningKey
}

const FAULTS: Readonly<Record<JwtFault, (breaking: Breaking) => Promise<string>>> = {
  expired: ({ sign, claims, now }) => sign({ ...claims, iat: now - 7200, exp: now - 3600 }),
  'not-yet-valid': ({ sign, claims, now }) => sign({ ...claims, nbf: now + 3600, exp: now + 7200 }),
  'wrong-issuer': ({ sign, claims }) => sign({ ...claims, iss: 'https://other.example.test' }),
  'wrong-audience': ({ sign, claims }) => sign({ ...claims, aud: 'https://other.example.test' }),
  'wrong-type': ({ sign, claims }) => sign(claims, { typ: 'JWT' }),
  'wrong-key': async ({ sign, claims, foreign }) => {
    const [header] = (await sign(claims)).split('.')
    const [, payload, signature] = (await sign(claims, { signWith: foreign })).split('.')
    return [header, payload, signature].join('.')
  },
  'unknown-key': ({ sign, claims, foreign }) => sign(claims, { signWith: foreign }),
  tampered: async ({ sign, claims }) => tamper(await sign(claims)),
  unsigned: async ({ sign, claims }) => (await sign(claims)).replace(/[^.]*$/, ''),
}

async function newKey(algorithm: string): Promise<{ key: SigningKey; jwk: Claims }> {
  // oxlint-disable-next-line typescript/await-thenable -- WebCrypto answers with a promise
  const jwk = await generateSigningJwk(algorithm, randomId('key'))
  return { jwk, key: await importSigningKey({ jwk }) }
}

/** Changes one character in the middle of the payload. */
function tamper(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const at = payload.length >> 1
  const other = payload.charAt(at) === 'A' ? 'B' : 'A'
  return `${header}.${payload.slice(0, at)}${other}${payload.slice(at + 1)}.${signature}`
}
