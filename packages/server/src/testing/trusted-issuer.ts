/** An issuer outside the installation, for tests. */
import { createHmac, randomUUID } from 'node:crypto'
import { importSigningKey, signJwt } from 'countersign/jwt/sign'
import type { AssertedChange } from '../trusted-issuers/attacks.ts'
import type { TrustedIssuer } from '../trusted-issuers/options.ts'
import { testKey } from './key-client.ts'

/** Signs assertions. */
export interface TestIssuer {
  readonly options: TrustedIssuer
  assert(now: number, change?: AssertedChange): Promise<string>
}

const AUTHORITY = 'https://auth.example.com'
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes an issuer that vouches for people by user name. */
export function testIssuer(
  issuer = 'https://idp.example.com',
  given: Partial<Pick<TrustedIssuer, 'scopes' | 'tenant'>> = {},
): TestIssuer {
  const [own, foreign] = [testKey(), testKey()]
  const options: TrustedIssuer = {
    issuer,
    algorithms: ['ES256'],
    jwks: { keys: [own.jwk] },
    scopes: ['orders:*'],
    usernameClaim: 'email',
    ...given,
  }
  const signed = async (claims: object, typ: string, { privateKey, jwk }: typeof own) => {
    const secret = { ...jwk, ...privateKey.export({ format: 'jwk' }) }
    return signJwt({ ...claims }, await importSigningKey({ jwk: secret }), { typ })
  }
  return {
    options,
    async assert(now, { claims: change = {}, typ = 'JWT', signature } = {}) {
      const all = {
        iss: issuer,
        sub: 'employee-7',
        email: 'alice',
        aud: AUTHORITY,
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        ...change,
      }
      const claims = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
      if (signature === 'none') return `${text({ alg: 'none', typ })}.${text(claims)}.`
      if (signature === 'public') {
        const input = `${text({ alg: 'HS256', typ, kid: 'key-1' })}.${text(claims)}`
        const mac = createHmac('sha256', JSON.stringify(own.jwk)).update(input).digest('base64url')
        return `${input}.${mac}`
      }
      return signed(claims, typ, signature === 'foreign' ? foreign : own)
    },
  }
}
