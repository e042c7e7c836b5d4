/** What clients sign: assertions (RFC 7523), request objects (RFC 9101) and DPoP proofs (RFC 9449). */
import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWK } from 'jose'

/** How a JWT differs from a good one. A claim that is undefined is left out. */
export interface Difference {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Signs with another key, whatever the header says. */
  readonly key?: JWK
  /** Breaks the signature. */
  readonly broken?: boolean
}

interface Plan {
  readonly claims: Readonly<Record<string, unknown>>
  readonly header: Readonly<Record<string, unknown>>
  readonly key: JWK
}

const algorithmOf = ({ kty, crv }: JWK): string =>
  kty === 'RSA' ? 'PS256' : crv === 'Ed25519' ? 'Ed25519' : 'ES256'

const defined = (all: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))

/** Signs a plan with its differences. */
export async function sign(
  plan: Plan,
  { claims, header, key, broken }: Difference,
): Promise<string> {
  const jwk = key ?? plan.key
  const all = defined({ ...plan.claims, ...claims })
  const { alg: named } = header ?? {}
  const alg = typeof named === 'string' ? named : algorithmOf(jwk)
  if (alg === 'none') return new UnsecuredJWT(all).encode()
  const heads = {
    alg,
    ...(jwk.kid === undefined ? {} : { kid: jwk.kid }),
    ...plan.header,
    ...header,
  }
  const text = await new SignJWT(all)
    .setProtectedHeader({ ...defined(heads), alg })
    .sign(await importJWK({ ...jwk, alg }, alg))
  if (broken !== true) return text
  const at = text.lastIndexOf('.') + 5
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

/** Whose assertion, for whom, when. */
export interface Maker {
  readonly clientId: string
  readonly issuer: string
  readonly key: JWK
  readonly now: number
}

/** A client assertion (RFC 7523 §3). */
export const clientAssertion = (
  { clientId, issuer, key, now }: Maker,
  difference: Difference = {},
): Promise<string> => {
  const times = { iat: now, exp: now + 60, jti: randomUUID() }
  const claims = { iss: clientId, sub: clientId, aud: issuer, ...times }
  return sign({ claims, header: {}, key }, difference)
}

/** A request object (RFC 9101 §4) of the parameters. */
export const requestObject = (
  { clientId, issuer, key, now }: Maker,
  parameters: Readonly<Record<string, unknown>>,
  difference: Difference = {},
): Promise<string> => {
  const times = { iat: now, nbf: now, exp: now + 300, jti: randomUUID() }
  const claims = { ...parameters, iss: clientId, aud: issuer, ...times }
  return sign({ claims, header: { typ: 'oauth-authz-req+jwt' }, key }, difference)
}

/** A key for DPoP proofs. */
export async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return exportJWK(privateKey)
}

/** The half of a key that may be shown. */
export const publicOf = ({ kty, crv, x, y, n, e }: JWK): JWK =>
  // What is undefined is not written.
  JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as JWK

/** What a proof is for. */
export interface ProofUse {
  readonly method: string
  readonly url: string
  readonly now: number
  readonly nonce?: string | undefined
  readonly token?: string | undefined
}

/** A DPoP proof (RFC 9449 §4.2). */
export function dpopProof(key: JWK, use: ProofUse, difference: Difference = {}): Promise<string> {
  const { method, url, now, nonce, token } = use
  const ath =
    token === undefined ? undefined : createHash('sha256').update(token).digest('base64url')
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: now, nonce, ath }
  const header = { typ: 'dpop+jwt', jwk: publicOf(difference.key ?? key), kid: undefined }
  return sign({ claims, header, key }, difference)
}
